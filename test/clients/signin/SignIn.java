import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * Who may come in by the Flight SQL JDBC driver: java -cp driver.jar SignIn.java HOST:PORT FOLDER-OF-CERTIFICATES.
 * Every check prints what failed; the last line is "N passed, N failed".
 */
public final class SignIn {
  private interface Check {
    void run() throws Exception;
  }

  private static int passed;
  private static int failed;
  private static String address;
  private static String folder;

  private static void check(String name, Check c) {
    try {
      c.run();
      passed++;
    } catch (Throwable e) {
      failed++;
      System.out.println("FAILED " + name + ": " + e);
    }
  }

  private static void yes(boolean ok, String what) {
    if (!ok) {
      throw new AssertionError(what);
    }
  }

  /** A connection that trusts the authority of the file, with further settings. */
  private static Connection connect(String authority, String... settings) throws SQLException {
    Properties p = new Properties();
    p.put("useEncryption", "true");
    p.put("useSystemTrustStore", "false");
    if (authority.endsWith(".p12")) {
      p.put("trustStore", folder + "/" + authority);
      p.put("trustStorePassword", "changeit");
    } else {
      p.put("tlsRootCerts", folder + "/" + authority);
    }
    for (int i = 0; i < settings.length; i += 2) {
      p.put(settings[i], settings[i + 1]);
    }
    return DriverManager.getConnection("jdbc:arrow-flight-sql://" + address, p);
  }

  private static Connection bob() throws SQLException {
    return connect("ca.p12", "user", "bob", "password", "s3cret of bob");
  }

  private static String one(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
      yes(r.next(), "no row");
      return r.getString(1);
    }
  }

  /** The user whom a connection is of; it is closed. */
  private static void is(String want, Connection c) throws SQLException {
    String got = one(c, "SELECT current_user()");
    close(c);
    yes(want.equals(got), "it is " + got);
  }

  /** Closes a connection; the driver may end its session over a channel that it has closed. */
  private static void close(Connection c) {
    try {
      c.close();
    } catch (SQLException e) {
      yes(all(e).contains("leaked") || all(e).contains("Channel shutdown"), "the message is " + all(e));
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

  private static String all(Throwable e) {
    StringBuilder b = new StringBuilder();
    for (Throwable t = e; t != null && b.length() < 10000; t = t.getCause()) {
      b.append(t.getMessage()).append('\n');
    }
    return b.toString();
  }

  /** The error must say this, somewhere among its causes. */
  private static void says(String part, Check c) throws Exception {
    SQLException e = fails(c);
    yes(all(e).contains(part), "the message is " + all(e));
  }

  public static void main(String[] args) throws Exception {
    address = args[0];
    folder = args[1];
    check("a password", () -> is("bob", bob()));
    check("a wrong password", () -> says("[AUTHENTICATION_FAILED]", () -> is("bob", connect("ca.p12", "user", "bob", "password", "wrong"))));
    check("the SQLSTATE of a wrong password", () -> says("SQLSTATE: 28P01", () -> is("bob", connect("ca.p12", "user", "bob", "password", "wrong"))));
    check("an unknown user", () -> says("[AUTHENTICATION_FAILED]", () -> is("eve", connect("ca.p12", "user", "eve", "password", "wrong"))));
    check("nobody", () -> says("[AUTHENTICATION_REQUIRED]", () -> is("", connect("ca.p12"))));
    check("a token", () -> is("bob", connect("ca.p12", "token", System.getenv("TOKEN"))));
    check("a token in place of a password", () -> is("bob", connect("ca.p12", "user", "token", "password", System.getenv("TOKEN"))));
    check("an expired token", () -> says("token", () -> is("bob", connect("ca.p12", "token", System.getenv("SHORT")))));
    check("the authority as PEM", () -> is("bob", connect("ca.pem", "user", "bob", "password", "s3cret of bob")));
    check("another authority", () -> fails(() -> is("bob", connect("other.p12", "user", "bob", "password", "s3cret of bob"))));
    check("no TLS", () -> fails(() -> is("bob", connect("ca.p12", "useEncryption", "false", "user", "bob", "password", "s3cret of bob"))));
    check("a certificate", () -> is("bob", connect("ca.pem", "clientCertificate", folder + "/bob.pem", "clientKey", folder + "/bob.key")));
    check("a certificate of nobody", () -> says("[AUTHENTICATION_FAILED]",
        () -> is("eve", connect("ca.pem", "clientCertificate", folder + "/eve.pem", "clientKey", folder + "/eve.key"))));
    Connection c = bob();
    check("a table with rights", () -> yes("1000".equals(one(c, "SELECT count(*) FROM open.t")), "not 1000 rows"));
    check("a table without", () -> says("[INSUFFICIENT_PERMISSIONS]", () -> one(c, "SELECT count(*) FROM shut.t")));
    check("the SQLSTATE of missing rights", () -> says("SQLSTATE: 42501", () -> one(c, "SELECT count(*) FROM shut.t")));
    check("what is listed", () -> {
      try (ResultSet r = c.getMetaData().getTables(null, null, "t", null)) {
        yes(r.next() && "open".equals(r.getString("TABLE_SCHEM")) && !r.next(), "it is not the one table with rights");
      }
    });
    check("setMaxRows", () -> {
      try (Statement s = c.createStatement()) {
        s.setMaxRows(5);
        try (ResultSet r = s.executeQuery("SELECT id FROM open.t")) {
          int n = 0;
          while (r.next()) {
            n++;
          }
          yes(n == 5, n + " rows");
        }
      }
    });
    check("cancel", () -> {
      Connection own = bob();
      Statement s = own.createStatement();
      ResultSet r = s.executeQuery("SELECT a.id + b.id FROM range(100000) a, range(100000) b");
      yes(r.next(), "no rows");
      s.cancel();
      SQLException e = fails(() -> {
        while (r.next()) {
          r.getLong(1);
        }
      });
      yes(all(e).toLowerCase().contains("cancel"), "the message is " + all(e));
      r.close();
      s.close();
      close(own);
    });
    check("the connection lives on", () -> yes("1".equals(one(c, "SELECT 1")), "it does not"));
    check("close", () -> close(c));
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
