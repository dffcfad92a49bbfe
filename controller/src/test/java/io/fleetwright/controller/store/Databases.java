package io.fleetwright.controller.store;

import java.util.Map;
import org.flywaydb.core.Flyway;
import org.hibernate.SessionFactory;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.model.naming.PhysicalNamingStrategySnakeCaseImpl;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.BatchSettings;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.cfg.MappingSettings;

/** Databases with the product's own tables, opened without the rest of the product. */
public final class Databases {
    private Databases() {}

    /**
     * Makes the tables unless they are there, and opens the database with the product's settings.
     *
     * @param bytesType the vendor's type for up to 1 MB of bytes
     */
    public static SessionFactory open(String url, String user, String bytesType) {
        migrate(url, user, bytesType, "latest");
        MetadataSources sources = new MetadataSources(new StandardServiceRegistryBuilder()
                .applySetting(JdbcSettings.JAKARTA_JDBC_URL, url)
                .applySetting(JdbcSettings.JAKARTA_JDBC_USER, user)
                .applySetting(JdbcSettings.JAKARTA_JDBC_PASSWORD, "")
                .applySetting(MappingSettings.PHYSICAL_NAMING_STRATEGY, new PhysicalNamingStrategySnakeCaseImpl())
                .applySetting(BatchSettings.STATEMENT_BATCH_SIZE, 100)
                .build());
        Rows.TYPES.forEach(sources::addAnnotatedClass);
        return sources.buildMetadata().buildSessionFactory();
    }

    /** Lets the audit log change like any other table, for tests of all tables alike. */
    static void letTheAuditLogChange(SessionFactory sessions, String trigger) {
        sessions.inTransaction(session ->
                session.createNativeMutationQuery("drop trigger " + trigger).executeUpdate());
    }

    /** Brings the tables to where they were after the migration of that number, or {@code latest}. */
    static void migrate(String url, String user, String bytesType, String target) {
        Flyway.configure()
                .dataSource(url, user, "")
                .locations("classpath:db/common", "classpath:db/" + (url.startsWith("jdbc:h2") ? "h2" : "postgresql"))
                .placeholders(Map.of("bytes", bytesType))
                .target(target)
                .load()
                .migrate();
    }
}
