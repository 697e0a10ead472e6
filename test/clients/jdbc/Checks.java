import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.TimeZone;

/**
 * The Flight SQL JDBC driver against a server: java -cp driver.jar Checks.java HOST:PORT.
 * Every check prints what failed; the last line is "N passed, N failed".
 */
public final class Checks {
  private interface Check {
    void run() throws Exception;
  }

  private static int passed;
  private static int failed;
  private static String address;

  private static void check(String name, Check c) {
    try {
      c.run();
      passed++;
    } catch (Throwable e) {
      failed++;
      System.out.println("FAILED " + name + ": " + e);
      if (System.getenv("TRACE") != null) {
        e.printStackTrace();
      }
    }
  }

  private static void same(Object want, Object got) {
    if (!Objects.equals(want, got)) {
      throw new AssertionError("got <" + got + ">, want <" + want + ">");
    }
  }

  private static void yes(boolean ok, String what) {
    if (!ok) {
      throw new AssertionError(what);
    }
  }

  private static Connection connect(String... settings) throws SQLException {
    Properties p = new Properties();
    p.put("useEncryption", "false");
    p.put("user", "ann");
    p.put("password", "any");
    for (int i = 0; i < settings.length; i += 2) {
      p.put(settings[i], settings[i + 1]);
    }
    return DriverManager.getConnection("jdbc:arrow-flight-sql://" + address, p);
  }

  /** The rows of a result: values joined by blanks, rows by bars. */
  private static String rows(ResultSet r) throws SQLException {
    int n = r.getMetaData().getColumnCount();
    List<String> out = new ArrayList<>();
    while (r.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 1; i <= n; i++) {
        row.add(String.valueOf(r.getObject(i)));
      }
      out.add(String.join(" ", row));
    }
    r.close();
    return String.join(" | ", out);
  }

  private static String column(ResultSet r, String name) throws SQLException {
    List<String> out = new ArrayList<>();
    while (r.next()) {
      out.add(String.valueOf(r.getString(name)));
    }
    r.close();
    return String.join(" ", out);
  }

  private static String query(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement()) {
      return rows(s.executeQuery(sql));
    }
  }

  private static SQLException fails(Check c) throws Exception {
    try {
      c.run();
    } catch (SQLException e) {
      return e;
    }
    throw new AssertionError("it does not fail");
  }

  /** Closes a connection, whatever the driver finds wrong in its own house then. */
  private static void close(Connection c) {
    try {
      c.close();
    } catch (SQLException e) {
      // "Memory was leaked": batches it had read ahead. "Channel shutdown": it ends the session over a channel it has closed.
      yes(all(e).contains("leaked") || all(e).contains("Channel shutdown"), "the message is " + all(e));
    }
  }

  public static void main(String[] args) throws Exception {
    address = args[0];
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    Connection c = connect();
    statements(c);
    types(c);
    metadata(c);
    prepared(c);
    errors(c);
    sessions(c);
    check("close", () -> close(c));
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  private static void statements(Connection c) throws Exception {
    check("SELECT 1", () -> same("1", query(c, "SELECT 1")));
    check("isValid", () -> yes(c.isValid(10), "the connection is not valid"));
    check("executeUpdate of DDL", () -> {
      try (Statement s = c.createStatement()) {
        s.executeUpdate("CREATE DATABASE jdbc");
        same(0, s.executeUpdate("CREATE TABLE jdbc.items (id BIGINT, name STRING, price DECIMAL(10,2), day DATE, at TIMESTAMP, ok BOOLEAN, ratio DOUBLE) USING delta"));
      }
    });
    check("executeUpdate of INSERT", () -> {
      try (Statement s = c.createStatement()) {
        same(3, s.executeUpdate("INSERT INTO jdbc.items VALUES (1, 'one', 1.10, DATE'2026-01-01', TIMESTAMP'2026-01-01 10:00:00', true, 0.5), "
            + "(2, 'two', 2.20, DATE'2026-01-02', TIMESTAMP'2026-01-02 10:00:00', false, 1.5), (3, NULL, NULL, NULL, NULL, NULL, NULL)"));
      }
    });
    check("executeUpdate of UPDATE", () -> {
      try (Statement s = c.createStatement()) {
        same(2, s.executeUpdate("UPDATE jdbc.items SET ratio = 2.5 WHERE id < 3"));
      }
    });
    check("execute of UPDATE, then getUpdateCount or the rows of counts", () -> {
      try (Statement s = c.createStatement()) {
        if (s.execute("UPDATE jdbc.items SET ratio = 3.5 WHERE id = 3")) {
          same("1", rows(s.getResultSet()));
        } else {
          same(1, s.getUpdateCount());
        }
      }
    });
    check("executeUpdate of DELETE", () -> {
      try (Statement s = c.createStatement()) {
        same(1, s.executeUpdate("DELETE FROM jdbc.items WHERE id = 3"));
      }
    });
    check("executeUpdate of MERGE", () -> {
      try (Statement s = c.createStatement()) {
        same(2, s.executeUpdate("MERGE INTO jdbc.items t USING (SELECT 1 AS id UNION ALL SELECT 4) s ON t.id = s.id "
            + "WHEN MATCHED THEN UPDATE SET name = 'uno' WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'four')"));
      }
    });
    check("the table after all that", () -> same("1 uno | 2 two | 4 four", query(c, "SELECT id, name FROM jdbc.items ORDER BY id")));
    check("setMaxRows", () -> {
      try (Statement s = c.createStatement()) {
        s.setMaxRows(5);
        same("0 | 1 | 2 | 3 | 4", rows(s.executeQuery("SELECT id FROM range(100) ORDER BY id")));
      }
    });
    check("a large result", () -> {
      try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("SELECT id, concat('row ', id) FROM range(200000)")) {
        long n = 0;
        long sum = 0;
        while (r.next()) {
          n++;
          sum += r.getLong(1);
        }
        same(200000L, n);
        same(199999L * 100000L, sum);
      }
    });
    check("an empty result", () -> same("", query(c, "SELECT id FROM range(3) WHERE id > 5")));
    check("a table for batches", () -> {
      try (Statement s = c.createStatement()) {
        same(0, s.executeUpdate("CREATE TABLE jdbc.batched (id BIGINT, name STRING) USING delta"));
      }
    });
    check("two results open at a time", () -> {
      try (Statement a = c.createStatement(); Statement b = c.createStatement();
          ResultSet x = a.executeQuery("SELECT id FROM range(3) ORDER BY id"); ResultSet y = b.executeQuery("SELECT id * 10 FROM range(3) ORDER BY 1")) {
        yes(x.next() && y.next() && x.next() && y.next(), "rows are missing");
        same(1L, x.getLong(1));
        same(10L, y.getLong(1));
      }
    });
    check("cancel", () -> {
      Connection own = connect();
      Statement s = own.createStatement();
      ResultSet r = s.executeQuery("SELECT a.id + b.id FROM range(100000) a, range(100000) b");
      yes(r.next(), "no rows");
      s.cancel();
      SQLException e = fails(() -> {
        while (r.next()) {
          r.getLong(1);
        }
      });
      yes(e.toString().toLowerCase().contains("cancel"), "the message is " + e);
      r.close();
      s.close();
      close(own);
    });
  }

  private static void types(Connection c) throws Exception {
    String sql = "SELECT CAST(1 AS TINYINT) ti, CAST(2 AS SMALLINT) si, 3 i, 4L bi, CAST(1.5 AS FLOAT) f, 2.5D d, 12.345 de, 'text' s, true b, "
        + "DATE'2026-02-03' da, TIMESTAMP'2026-02-03 04:05:06.789' ts, TIMESTAMP_NTZ'2026-02-03 04:05:06.789' tn, X'0AFF' bin, NULL n, "
        + "array(1, 2) a, named_struct('x', 1, 'y', 'z') st, map('k', 1) m, CAST(NULL AS INT) ni, CAST(99999999999999999999.5 AS DECIMAL(38,1)) big";
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
      yes(r.next(), "no row");
      check("getByte", () -> same((byte) 1, r.getByte("ti")));
      check("getShort", () -> same((short) 2, r.getShort("si")));
      check("getInt", () -> same(3, r.getInt("i")));
      check("getLong", () -> same(4L, r.getLong("bi")));
      check("getFloat", () -> same(1.5f, r.getFloat("f")));
      check("getDouble", () -> same(2.5, r.getDouble("d")));
      check("getBigDecimal", () -> same(new BigDecimal("12.345"), r.getBigDecimal("de")));
      check("getBigDecimal of 21 digits", () -> same(new BigDecimal("99999999999999999999.5"), r.getBigDecimal("big")));
      check("getString", () -> same("text", r.getString("s")));
      check("getBoolean", () -> same(true, r.getBoolean("b")));
      check("getDate", () -> same("2026-02-03", r.getDate("da").toString()));
      check("getTimestamp", () -> same("2026-02-03 04:05:06.789", r.getTimestamp("ts").toString()));
      check("getTimestamp without zone", () -> same("2026-02-03 04:05:06.789", r.getTimestamp("tn", Calendar.getInstance(TimeZone.getTimeZone("UTC"))).toString()));
      check("getBytes", () -> same("[10, -1]", java.util.Arrays.toString(r.getBytes("bin"))));
      check("getObject of NULL", () -> {
        same(null, r.getObject("n"));
        same(0, r.getInt("ni"));
        yes(r.wasNull(), "wasNull is false");
      });
      check("getArray", () -> same("[1, 2]", java.util.Arrays.toString((Object[]) r.getArray("a").getArray())));
      check("getObject of a struct", () -> yes(String.valueOf(r.getObject("st")).contains("z"), "it is " + r.getObject("st")));
      check("getObject of a map", () -> yes(String.valueOf(r.getObject("m")).contains("k"), "it is " + r.getObject("m")));
      check("ResultSetMetaData", () -> {
        ResultSetMetaData m = r.getMetaData();
        same(19, m.getColumnCount());
        same("ti", m.getColumnName(1));
        same(Types.TINYINT, m.getColumnType(1));
        same(Types.BIGINT, m.getColumnType(4));
        same(Types.DECIMAL, m.getColumnType(7));
        same(5, m.getPrecision(7));
        same(3, m.getScale(7));
        same(Types.VARCHAR, m.getColumnType(8));
        same(Types.DATE, m.getColumnType(10));
      });
    }
  }

  private static void metadata(Connection c) throws Exception {
    DatabaseMetaData m = c.getMetaData();
    check("product", () -> {
      same("Argan", m.getDatabaseProductName());
      yes(!m.getDatabaseProductVersion().isEmpty(), "no version");
      same("`", m.getIdentifierQuoteString());
    });
    check("what is supported", () -> {
      same(false, m.supportsTransactions());
      same(true, m.supportsGroupBy());
      same(true, m.supportsOuterJoins());
      same(false, m.isReadOnly());
      yes(m.getSQLKeywords().length() > 0, "no keywords");
      yes(m.getNumericFunctions().contains("ABS"), "no ABS");
    });
    check("getCatalogs", () -> same("spark_catalog", column(m.getCatalogs(), "TABLE_CAT")));
    check("getSchemas", () -> yes((" " + column(m.getSchemas(), "TABLE_SCHEM") + " ").contains(" jdbc "), "jdbc is missing"));
    check("getSchemas by pattern", () -> same("jdbc", column(m.getSchemas(null, "jd%"), "TABLE_SCHEM")));
    check("getTables", () -> same("batched items", column(m.getTables(null, "jdbc", "%", null), "TABLE_NAME")));
    check("getTables of a type", () -> same("", column(m.getTables(null, "jdbc", null, new String[] {"VIEW"}), "TABLE_NAME")));
    check("getTableTypes", () -> same("TABLE VIEW", column(m.getTableTypes(), "TABLE_TYPE")));
    check("getColumns", () -> {
      ResultSet r = m.getColumns(null, "jdbc", "items", "%");
      List<String> out = new ArrayList<>();
      while (r.next()) {
        out.add(r.getString("COLUMN_NAME") + ":" + r.getInt("DATA_TYPE") + ":" + r.getInt("ORDINAL_POSITION") + ":" + r.getString("TYPE_NAME"));
      }
      Collections.sort(out);
      yes(out.contains("id:" + Types.BIGINT + ":1:BIGINT"), "the columns are " + out);
      yes(out.contains("price:" + Types.DECIMAL + ":3:DECIMAL(10,2)") || out.contains("price:" + Types.DECIMAL + ":3:DECIMAL"), "the columns are " + out);
      same(7, out.size());
    });
    check("getColumns by pattern", () -> same("price", column(m.getColumns(null, "jdbc", "items", "pr%"), "COLUMN_NAME")));
    check("getPrimaryKeys", () -> same("", column(m.getPrimaryKeys(null, "jdbc", "items"), "COLUMN_NAME")));
    check("getImportedKeys", () -> same("", column(m.getImportedKeys(null, "jdbc", "items"), "FKCOLUMN_NAME")));
    check("keys", () -> {
      try (Statement s = c.createStatement()) {
        s.execute("CREATE DATABASE IF NOT EXISTS jdbc_keys");
        s.execute("CREATE OR REPLACE TABLE jdbc_keys.parents (id BIGINT NOT NULL, CONSTRAINT p_pk PRIMARY KEY (id))");
        s.execute("CREATE OR REPLACE TABLE jdbc_keys.children (of BIGINT, CONSTRAINT c_fk FOREIGN KEY (of) REFERENCES jdbc_keys.parents)");
      }
      same("id", column(m.getPrimaryKeys(null, "jdbc_keys", "parents"), "COLUMN_NAME"));
      same("of", column(m.getImportedKeys(null, "jdbc_keys", "children"), "FKCOLUMN_NAME"));
      same("children", column(m.getExportedKeys(null, "jdbc_keys", "parents"), "FKTABLE_NAME"));
      same("c_fk", column(m.getCrossReference(null, "jdbc_keys", "parents", null, "jdbc_keys", "children"), "FK_NAME"));
    });
    check("supportsConvert", () -> {
      same(true, m.supportsConvert(Types.VARCHAR, Types.INTEGER));
      same(false, m.supportsConvert(Types.BINARY, Types.DATE));
    });
    check("what SqlInfo says", () -> {
      same(true, m.supportsFullOuterJoins());
      same(true, m.supportsLimitedOuterJoins());
      same(true, m.supportsCoreSQLGrammar());
      same(false, m.supportsExtendedSQLGrammar());
      same(true, m.supportsSubqueriesInExists());
      same(false, m.supportsSubqueriesInQuantifieds());
      same(false, m.supportsSchemasInIndexDefinitions());
      same(true, m.supportsSchemasInPrivilegeDefinitions());
      same(true, m.supportsUnionAll());
      same(Connection.TRANSACTION_NONE, m.getDefaultTransactionIsolation());
      same(false, m.supportsTransactionIsolationLevel(Connection.TRANSACTION_SERIALIZABLE));
      same(true, m.supportsTransactionIsolationLevel(Connection.TRANSACTION_NONE));
      yes((m.getSQLKeywords() + ",").contains("OVERWRITE,"), "no OVERWRITE among " + m.getSQLKeywords());
    });
    check("getTypeInfo", () -> m.getTypeInfo().close());
  }

  private static void prepared(Connection c) throws Exception {
    check("setLong", () -> same("two", one(c, "SELECT name FROM jdbc.items WHERE id = ?", p -> p.setLong(1, 2))));
    check("setInt for a BIGINT", () -> same("two", one(c, "SELECT name FROM jdbc.items WHERE id = ?", p -> p.setInt(1, 2))));
    check("setString", () -> same("2", one(c, "SELECT id FROM jdbc.items WHERE name = ?", p -> p.setString(1, "two"))));
    check("setString with quotes", () -> same("it's; -- \"x\"", one(c, "SELECT ?", p -> p.setString(1, "it's; -- \"x\""))));
    check("setBigDecimal", () -> same("2", one(c, "SELECT id FROM jdbc.items WHERE price = ?", p -> p.setBigDecimal(1, new BigDecimal("2.20")))));
    check("setDate", () -> same("2", one(c, "SELECT id FROM jdbc.items WHERE day = ?", p -> p.setDate(1, Date.valueOf("2026-01-02")))));
    check("setTimestamp", () -> same("2", one(c, "SELECT id FROM jdbc.items WHERE at = ?", p -> p.setTimestamp(1, Timestamp.valueOf("2026-01-02 10:00:00")))));
    check("setBoolean", () -> same("2", one(c, "SELECT id FROM jdbc.items WHERE ok = ?", p -> p.setBoolean(1, false))));
    check("setDouble", () -> same("2", one(c, "SELECT count(*) FROM jdbc.items WHERE ratio = ?", p -> p.setDouble(1, 2.5))));
    check("setNull", () -> same("null", one(c, "SELECT CAST(? AS INT)", p -> p.setNull(1, Types.INTEGER))));
    check("several, and again with others", () -> {
      try (PreparedStatement p = c.prepareStatement("SELECT name FROM jdbc.items WHERE id >= ? AND name <> ? ORDER BY id")) {
        p.setLong(1, 1);
        p.setString(2, "two");
        same("uno | four", rows(p.executeQuery()));
        p.setLong(1, 2);
        p.setString(2, "four");
        same("two", rows(p.executeQuery()));
      }
    });
    check("metadata before it runs", () -> {
      try (PreparedStatement p = c.prepareStatement("SELECT id, price FROM jdbc.items WHERE id = ?")) {
        same("price", p.getMetaData().getColumnName(2));
        same(1, p.getParameterMetaData().getParameterCount());
        same(Types.BIGINT, p.getParameterMetaData().getParameterType(1));
      }
    });
    check("INSERT with parameters", () -> {
      try (PreparedStatement p = c.prepareStatement("INSERT INTO jdbc.items VALUES (?, ?, ?, ?, ?, ?, ?)")) {
        p.setLong(1, 10);
        p.setString(2, "ten");
        p.setBigDecimal(3, new BigDecimal("10.50"));
        p.setDate(4, Date.valueOf("2026-03-04"));
        p.setTimestamp(5, Timestamp.valueOf("2026-03-04 05:06:07"));
        p.setBoolean(6, true);
        p.setDouble(7, 0.25);
        same(1, p.executeUpdate());
      }
      same("ten 10.50 2026-03-04 2026-03-04 05:06:07 true 0.25",
          query(c, "SELECT name, price, CAST(day AS STRING), CAST(at AS STRING), ok, ratio FROM jdbc.items WHERE id = 10"));
    });
    check("INSERT of NULL", () -> {
      try (PreparedStatement p = c.prepareStatement("INSERT INTO jdbc.items (id, name) VALUES (?, ?)")) {
        p.setLong(1, 11);
        p.setNull(2, Types.VARCHAR);
        same(1, p.executeUpdate());
      }
      same("11 null", query(c, "SELECT id, name FROM jdbc.items WHERE id = 11"));
    });
    check("UPDATE with parameters", () -> {
      try (PreparedStatement p = c.prepareStatement("UPDATE jdbc.items SET name = ? WHERE id = ?")) {
        p.setString(1, "zehn");
        p.setLong(2, 10);
        same(1, p.executeUpdate());
      }
      same("zehn", query(c, "SELECT name FROM jdbc.items WHERE id = 10"));
    });
    check("a batch of parameters", () -> {
      try (PreparedStatement p = c.prepareStatement("INSERT INTO jdbc.batched VALUES (?, ?)")) {
        for (int i = 100; i < 103; i++) {
          p.setLong(1, i);
          p.setString(2, "n" + i);
          p.addBatch();
        }
        p.executeBatch();
      }
      same("100 n100 | 101 n101 | 102 n102", query(c, "SELECT * FROM jdbc.batched WHERE id >= 100 ORDER BY id"));
    });
  }

  private interface Binding {
    void to(PreparedStatement p) throws SQLException;
  }

  private static String one(Connection c, String sql, Binding b) throws SQLException {
    try (PreparedStatement p = c.prepareStatement(sql)) {
      b.to(p);
      return rows(p.executeQuery());
    }
  }

  private static void errors(Connection c) throws Exception {
    check("a syntax error", () -> {
      SQLException e = fails(() -> query(c, "SELEC 1"));
      yes(all(e).contains("[PARSE_SYNTAX_ERROR]"), "the message is " + all(e));
      yes(all(e).contains("^^^^^"), "there is no caret in " + all(e));
    });
    check("a table that is not there", () -> {
      SQLException e = fails(() -> query(c, "SELECT *\nFROM jdbc.nope"));
      yes(all(e).contains("[TABLE_OR_VIEW_NOT_FOUND]") && all(e).contains("SQLSTATE: 42P01") && all(e).contains("line 2 pos 6"), "the message is " + all(e));
    });
    check("an error while rows come", () -> {
      SQLException e = fails(() -> query(c, "SELECT raise_error('broken')"));
      yes(all(e).contains("broken"), "the message is " + all(e));
    });
    check("an update that fails", () -> {
      try (Statement s = c.createStatement()) {
        SQLException e = fails(() -> s.executeUpdate("INSERT INTO jdbc.nope VALUES (1)"));
        yes(all(e).contains("[TABLE_OR_VIEW_NOT_FOUND]"), "the message is " + all(e));
      }
    });
    check("the connection lives on", () -> same("1", query(c, "SELECT 1")));
    check("a server that is not there", () -> {
      SQLException e = fails(() -> DriverManager.getConnection("jdbc:arrow-flight-sql://127.0.0.1:1/?useEncryption=false&user=a&password=b").close());
      yes(!all(e).isEmpty(), "no message");
    });
  }

  /** The messages of an error and of what caused it. */
  private static String all(Throwable e) {
    StringBuilder b = new StringBuilder();
    for (Throwable t = e; t != null && b.length() < 10000; t = t.getCause()) {
      b.append(t.getMessage()).append('\n');
    }
    return b.toString();
  }

  private static void sessions(Connection c) throws Exception {
    check("USE lasts", () -> {
      try (Statement s = c.createStatement()) {
        s.execute("USE jdbc");
      }
      same("jdbc", query(c, "SELECT current_database()"));
    });
    check("a temporary view is of its connection", () -> {
      try (Statement s = c.createStatement(); Connection other = connect()) {
        s.execute("CREATE TEMPORARY VIEW mine AS SELECT 7 AS x");
        same("7", query(c, "SELECT x FROM mine"));
        fails(() -> query(other, "SELECT x FROM mine"));
      }
    });
    check("a connection in a catalog", () -> {
      Connection other = connect("catalog", "spark_catalog");
      same("1", query(other, "SELECT 1"));
      close(other);
    });
    check("the user", () -> same("ann", query(c, "SELECT current_user()")));
  }
}
