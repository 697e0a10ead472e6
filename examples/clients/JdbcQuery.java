import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.Properties;

/** Turnover by category over JDBC (flight-sql-jdbc-driver). The address is ARGAN_HOST (default localhost:32010). */
public class JdbcQuery {
    public static void main(String[] args) throws Exception {
        String host = System.getenv().getOrDefault("ARGAN_HOST", "localhost:32010");
        String tls = System.getenv().getOrDefault("ARGAN_TLS", "false");
        Properties who = new Properties();
        if (System.getenv("ARGAN_TOKEN") != null) {
            who.put("token", System.getenv("ARGAN_TOKEN"));
        } else if (System.getenv("ARGAN_USER") != null) {
            who.put("user", System.getenv("ARGAN_USER"));
            who.put("password", System.getenv().getOrDefault("ARGAN_PASSWORD", ""));
        }
        try (Connection c = DriverManager.getConnection("jdbc:arrow-flight-sql://" + host + "/?useEncryption=" + tls, who);
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
