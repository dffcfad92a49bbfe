package io.fleetwright.tests.integration;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HexFormat;

/** A second tenant, which no operation of the API can make yet. */
public final class Tenants {
    private Tenants() {}

    /** Adds an admin's API token of a tenant to the database of a controller that is not running. */
    public static void addAdmin(Connection database, String tenant, String token)
            throws SQLException, GeneralSecurityException {
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        try (PreparedStatement insert = database.prepareStatement(
                "insert into api_token (id, tenant, name, role, created_at, expires_at) values (?, ?, 'tester', 'admin', 0, ?)")) {
            insert.setString(1, hash);
            insert.setString(2, tenant);
            insert.setLong(3, Long.MAX_VALUE);
            if (insert.executeUpdate() != 1) {
                throw new SQLException("the token was not added");
            }
        }
    }
}
