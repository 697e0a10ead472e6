import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
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
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Hive's JDBC driver against a server: java -cp … Checks.java HOST:PORT DRIVER-VERSION.
 * Every check prints what failed; the last line is "N passed, N failed".
 */
public final class Checks {
  private interface Check {
    void run() throws Exception;
  }

  private static int passed;
  private static int failed;
  private static String address;
  private static int major;

  private static void check(String name, Check c) {
    try {
      c.run();
      passed++;
    } catch (Throwable e) {
      failed++;
      System.out.println("FAILED " + name + ": " + e);
      if (System.getenv("TRACE") != null) {
        e.printStackTrace(System.out);
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

  private static Connection connect(String options) throws SQLException {
    return DriverManager.getConnection("jdbc:hive2://" + address + "/" + options, "ann", "secret");
  }

  private static List<List<String>> rows(ResultSet r) throws SQLException {
    List<List<String>> out = new ArrayList<>();
    int n = r.getMetaData().getColumnCount();
    while (r.next()) {
      List<String> row = new ArrayList<>();
      for (int i = 1; i <= n; i++) {
        row.add(r.getString(i));
      }
      out.add(row);
    }
    r.close();
    return out;
  }

  private static List<List<String>> query(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement()) {
      return rows(s.executeQuery(sql));
    }
  }

  private static void run(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }

  public static void main(String[] args) throws Exception {
    address = args[0];
    major = Integer.parseInt(args[1].split("\\.")[0]);
    Class.forName("org.apache.hive.jdbc.HiveDriver");
    transports();
    try (Connection c = connect("default")) {
      run(c, "DROP DATABASE IF EXISTS hivejdbc CASCADE");
      run(c, "CREATE DATABASE hivejdbc");
      run(c, "USE hivejdbc");
      statements(c);
      types(c);
      errors(c);
      metadata(c);
      cancel();
      large(c);
      run(c, "DROP DATABASE hivejdbc CASCADE");
    }
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  private static void transports() {
    for (String options : new String[] {"default", "default;auth=noSasl", ";transportMode=http;httpPath=cliservice"}) {
      check("connect " + options, () -> {
        try (Connection c = connect(options)) {
          same("[[1]]", query(c, "SELECT 1").toString());
          yes(c.isValid(5), "the connection is not valid");
        }
      });
    }
    check("http: one session over many requests", () -> {
      try (Connection c = connect("default;transportMode=http;httpPath=cliservice")) {
        run(c, "CREATE TEMPORARY VIEW here AS SELECT 7 AS n");
        for (int i = 0; i < 5; i++) {
          same("[[7]]", query(c, "SELECT n FROM here").toString());
        }
        same("[[ann]]", query(c, "SELECT current_user()").toString());
      }
    });
    check("settings and variables of the URL", () -> {
      try (Connection c = connect("default?spark.sql.session.timeZone=Africa/Casablanca;x.y=z#city=Rabat")) {
        same("[[Africa/Casablanca, z, Rabat]]", query(c, "SELECT current_timezone(), '${hiveconf:x.y}', '${hivevar:city}'").toString());
      }
    });
    check("an unknown database", () -> {
      try (Connection c = connect("no_such_database")) {
        throw new AssertionError("it was opened");
      } catch (SQLException e) {
        yes(e.toString().contains("SCHEMA_NOT_FOUND") || String.valueOf(e.getCause()).contains("SCHEMA_NOT_FOUND"), e.toString());
      }
    });
  }

  private static void statements(Connection c) {
    check("DDL and DML", () -> {
      run(c, "CREATE TABLE t (id INT COMMENT 'the key', name STRING, amount DECIMAL(10,2)) USING delta COMMENT 'a table'");
      try (Statement s = c.createStatement()) {
        s.executeUpdate("INSERT INTO t VALUES (1, 'one', 1.50), (2, NULL, -2.00), (3, 'three', NULL)");
        s.execute("UPDATE t SET name = 'two' WHERE id = 2");
      }
      same("[[1, one, 1.50], [2, two, -2.00], [3, three, null]]", query(c, "SELECT * FROM t ORDER BY id").toString());
    });
    check("a prepared statement", () -> {
      try (PreparedStatement p = c.prepareStatement("SELECT id, name FROM t WHERE id > ? AND name <> ? ORDER BY id")) {
        p.setInt(1, 1);
        p.setString(2, "it's");
        same("[[2, two], [3, three]]", rows(p.executeQuery()).toString());
        p.setInt(1, 2);
        same("[[3, three]]", rows(p.executeQuery()).toString());
      }
    });
    check("a scrollable result", () -> {
      try (Statement s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY)) {
        s.setFetchSize(7);
        ResultSet r = s.executeQuery("SELECT id FROM range(40) ORDER BY id");
        for (int pass = 0; pass < 2; pass++) {
          for (int i = 0; i < 40; i++) {
            yes(r.next(), "row " + i + " is missing");
            same((long) i, r.getLong(1));
          }
          yes(!r.next(), "there are too many rows");
          r.beforeFirst();
        }
      }
    });
    check("max rows", () -> {
      try (Statement s = c.createStatement()) {
        s.setMaxRows(5);
        same(5, rows(s.executeQuery("SELECT id FROM range(100)")).size());
      }
    });
    check("several statements of one connection", () -> {
      try (Statement a = c.createStatement(); Statement b = c.createStatement()) {
        ResultSet x = a.executeQuery("SELECT id FROM range(3000) ORDER BY id");
        ResultSet y = b.executeQuery("SELECT -id FROM range(3000) ORDER BY id");
        for (long i = 0; i < 3000; i++) {
          yes(x.next() && y.next(), "rows are missing");
          same(i, x.getLong(1));
          same(-i, y.getLong(1));
        }
      }
    });
    check("the log of a statement", () -> {
      try (Statement s = c.createStatement()) {
        s.execute("SELECT count(*) FROM range(10)");
        Object log = s.getClass().getMethod("getQueryLog").invoke(s);
        yes(log.toString().contains("Executing command"), log.toString());
      }
    });
    if (major >= 3) {
      check("update counts", () -> {
        try (Statement s = c.createStatement()) {
          s.execute("UPDATE t SET amount = 0 WHERE id <= 2");
          same(2L, ((Number) s.getClass().getMethod("getLargeUpdateCount").invoke(s)).longValue());
        } catch (java.lang.reflect.InvocationTargetException e) {
          yes(e.getCause() instanceof java.sql.SQLFeatureNotSupportedException || e.getCause() instanceof UnsupportedOperationException, e.getCause().toString());
        }
      });
    }
  }

  private static void types(Connection c) {
    check("types", () -> {
      try (Statement s = c.createStatement()) {
        ResultSet r = s.executeQuery("SELECT CAST(1 AS TINYINT), CAST(2 AS SMALLINT), 3, CAST(4 AS BIGINT), CAST(1.1 AS FLOAT), 2.5D, CAST('12.30' AS DECIMAL(10,2)), TRUE, 'text', "
            + "CAST('raw' AS BINARY), DATE'2024-02-29', TIMESTAMP'2024-02-29 12:34:56.789', array(1, 2, NULL), map('k', 1), named_struct('x', 1, 'y', 'b'), NULL, CAST('ab' AS VARCHAR(5)), "
            + "TIMESTAMP_NTZ'2024-01-01 00:00:00'");
        ResultSetMetaData m = r.getMetaData();
        int[] want = {Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.FLOAT, Types.DOUBLE, Types.DECIMAL, Types.BOOLEAN, Types.VARCHAR, Types.BINARY, Types.DATE,
            Types.TIMESTAMP, Types.ARRAY, Types.JAVA_OBJECT, Types.STRUCT, Types.NULL, Types.VARCHAR, Types.TIMESTAMP};
        same(want.length, m.getColumnCount());
        for (int i = 0; i < want.length; i++) {
          same("column " + i + " type " + want[i], "column " + i + " type " + m.getColumnType(i + 1));
        }
        same(10, m.getPrecision(7));
        same(2, m.getScale(7));
        yes(r.next(), "no row");
        same(1, (int) r.getByte(1));
        same(2, (int) r.getShort(2));
        same(3, r.getInt(3));
        same(4L, r.getLong(4));
        same("1.1", r.getString(5));
        same(2.5, r.getDouble(6));
        same(new BigDecimal("12.30"), r.getBigDecimal(7));
        same(true, r.getBoolean(8));
        same("text", r.getString(9));
        same("raw", new String(r.getBinaryStream(10).readAllBytes(), StandardCharsets.UTF_8));
        same(Date.valueOf("2024-02-29"), r.getDate(11));
        same(Timestamp.valueOf("2024-02-29 12:34:56.789"), r.getTimestamp(12));
        same("[1,2,null]", r.getString(13));
        same("{\"k\":1}", r.getString(14));
        same("{\"x\":1,\"y\":\"b\"}", r.getString(15));
        same(null, r.getObject(16));
        yes(r.wasNull(), "NULL is not null");
        same("ab", r.getString(17));
        same(Timestamp.valueOf("2024-01-01 00:00:00"), r.getTimestamp(18));
      }
    });
    check("NULLs of every type", () -> same("[[null, null, null, null, null, null, null, null, null]]", query(c,
        "SELECT CAST(NULL AS INT), CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE), CAST(NULL AS BOOLEAN), CAST(NULL AS STRING), CAST(NULL AS DATE), CAST(NULL AS TIMESTAMP), "
            + "CAST(NULL AS DECIMAL(5,1)), CAST(NULL AS ARRAY<INT>)").toString()));
    check("intervals", () -> {
      try (Statement s = c.createStatement()) {
        ResultSet r = s.executeQuery("SELECT INTERVAL '1' DAY, INTERVAL '2-3' YEAR TO MONTH");
        yes(r.next(), "no row");
        same("1 00:00:00.000000000", r.getString(1));
        same("2-3", r.getString(2));
      }
    });
  }

  private static void errors(Connection c) {
    for (String[] e : new String[][] {
        {"SELECT * FROM no_such_table", "42P01", "TABLE_OR_VIEW_NOT_FOUND"},
        {"SELCT 1", "42601", "PARSE_SYNTAX_ERROR"},
        {"SELECT nothing FROM t", "42703", "UNRESOLVED_COLUMN"},
        {"USE no_such_database", "42704", "SCHEMA_NOT_FOUND"},
        {"SELECT raise_error('oh')", null, "oh"},
    }) {
      check("error of " + e[0], () -> {
        try {
          query(c, e[0]);
        } catch (SQLException x) {
          yes(e[1] == null || e[1].equals(x.getSQLState()), "the SQLSTATE is " + x.getSQLState());
          yes(x.getMessage().contains(e[2]), x.getMessage());
          return;
        }
        throw new AssertionError("it went well");
      });
    }
    check("the connection is good after errors", () -> same("[[1]]", query(c, "SELECT 1").toString()));
  }

  private static void metadata(Connection c) throws SQLException {
    DatabaseMetaData m = c.getMetaData();
    check("product", () -> {
      same("Spark SQL", m.getDatabaseProductName());
      same("3.5.3", m.getDatabaseProductVersion());
      yes(m.getDriverName().contains("Hive"), m.getDriverName());
    });
    check("schemas", () -> yes(rows(m.getSchemas()).toString().contains("hivejdbc"), "the schema is not listed"));
    check("catalogs", () -> rows(m.getCatalogs()));
    check("table types", () -> same("[[TABLE], [VIEW]]", rows(m.getTableTypes()).toString()));
    check("tables", () -> {
      run(c, "CREATE VIEW v AS SELECT id FROM t");
      same("[[, hivejdbc, t, TABLE, a table], [, hivejdbc, v, VIEW, ]]", firsts(m.getTables(null, "hivejdbc", "%", null), 5).toString());
      same("[[, hivejdbc, v, VIEW, ]]", firsts(m.getTables("", "hivejdbc", "%", new String[] {"VIEW"}), 5).toString());
      same("[]", firsts(m.getTables(null, "hivejdbc", "none%", null), 5).toString());
    });
    check("columns of a Delta table", () -> {
      ResultSet r = m.getColumns(null, "hivejdbc", "t", "%");
      StringBuilder out = new StringBuilder();
      while (r.next()) {
        out.append(r.getString("COLUMN_NAME")).append(' ').append(r.getInt("DATA_TYPE")).append(' ').append(r.getString("TYPE_NAME")).append(' ')
            .append(r.getInt("ORDINAL_POSITION")).append(' ').append(r.getString("REMARKS")).append(' ').append(r.getString("IS_NULLABLE")).append("; ");
      }
      same("id 4 INT 1 the key YES; name 12 STRING 2  YES; amount 3 DECIMAL(10,2) 3  YES; ", out.toString());
    });
    check("functions", () -> yes(firsts(m.getFunctions(null, null, "upp%"), 3).toString().contains("upper"), "upper is not listed"));
    check("type info", () -> yes(firsts(m.getTypeInfo(), 2).toString().contains("[DECIMAL, 3]"), "DECIMAL is not listed"));
    check("keys", () -> {
      rows(m.getPrimaryKeys(null, "hivejdbc", "t"));
      if (major >= 2) {
        rows(m.getCrossReference(null, "hivejdbc", "t", null, "hivejdbc", "t"));
        rows(m.getImportedKeys(null, "hivejdbc", "t"));
      }
    });
    check("the current schema", () -> same("hivejdbc", c.getSchema()));
  }

  private static List<List<String>> firsts(ResultSet r, int n) throws SQLException {
    List<List<String>> out = new ArrayList<>();
    for (List<String> row : rows(r)) {
      out.add(row.subList(0, n));
    }
    return out;
  }

  private static void cancel() {
    check("cancel", () -> {
      try (Connection c = connect("default"); Statement s = c.createStatement()) {
        AtomicReference<Throwable> outcome = new AtomicReference<>();
        Thread t = new Thread(() -> {
          try {
            s.executeQuery("SELECT count(*) FROM range(10000000) a CROSS JOIN range(10000000) b WHERE a.id * b.id % 7 = 3");
          } catch (Throwable e) {
            outcome.set(e);
          }
        });
        t.start();
        Thread.sleep(500);
        s.cancel();
        t.join(30000);
        yes(!t.isAlive(), "the statement goes on");
        yes(outcome.get() instanceof SQLException, "it ended with " + outcome.get());
        same("[[1]]", query(c, "SELECT 1").toString());
      }
    });
    check("a timeout", () -> {
      try (Connection c = connect("default"); Statement s = c.createStatement()) {
        s.setQueryTimeout(1);
        s.executeQuery("SELECT count(*) FROM range(10000000) a CROSS JOIN range(10000000) b WHERE a.id * b.id % 7 = 3");
        throw new AssertionError("it ended");
      } catch (SQLException e) {
        yes(e instanceof java.sql.SQLTimeoutException || e.getMessage().toLowerCase().contains("tim"), e.toString());
      }
    });
  }

  private static void large(Connection c) {
    check("a million rows", () -> {
      try (Statement s = c.createStatement()) {
        s.setFetchSize(10000);
        ResultSet r = s.executeQuery("SELECT id, concat('row ', id) FROM range(1000000) ORDER BY id");
        long n = 0;
        while (r.next()) {
          if (r.getLong(1) != n || !r.getString(2).equals("row " + n)) {
            throw new AssertionError("row " + n + " is " + r.getLong(1) + " " + r.getString(2));
          }
          n++;
        }
        same(1000000L, n);
      }
    });
  }
}
