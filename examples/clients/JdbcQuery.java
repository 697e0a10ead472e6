import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Properties;

/**
 * Turnover by category over JDBC (flight-sql-jdbc-driver). In: ARGAN_URI (grpc://HOST:PORT, default localhost:32010;
 * grpc+tls:// with TLS), ARGAN_USER and ARGAN_PASSWORD or ARGAN_TOKEN, and ARGAN_CA, a PEM file with the authority of the
 * server's certificate where the system does not know it.
 */
public class JdbcQuery {
    public static void main(String[] args) throws Exception {
        String uri = System.getenv().getOrDefault("ARGAN_URI", "grpc://localhost:32010");
        Properties who = new Properties();
        who.put("useEncryption", String.valueOf(uri.startsWith("grpc+tls://")));
        if (System.getenv("ARGAN_CA") != null) {
            who.put("useSystemTrustStore", "false");
            who.put("tlsRootCerts", System.getenv("ARGAN_CA"));
        }
        if (System.getenv("ARGAN_TOKEN") != null) {
            who.put("token", System.getenv("ARGAN_TOKEN"));
        } else if (System.getenv("ARGAN_USER") != null) {
            who.put("user", System.getenv("ARGAN_USER"));
            who.put("password", System.getenv().getOrDefault("ARGAN_PASSWORD", ""));
        }
        try (Connection c = DriverManager.getConnection("jdbc:arrow-flight-sql://" + uri.substring(uri.indexOf("://") + 3), who);
             PreparedStatement s = c.prepareStatement("SELECT category, sales, turnover FROM gold.metrics WHERE grain = ? ORDER BY turnover DESC")) {
            s.setString(1, "category");
            try (ResultSet rows = s.executeQuery()) {
                while (rows.next()) {
                    System.out.printf("%-20s %6d %16s%n", rows.getString("category"), rows.getLong("sales"), rows.getBigDecimal("turnover"));
                }
            }
        }
    }
}
