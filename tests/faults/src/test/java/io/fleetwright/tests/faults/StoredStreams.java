package io.fleetwright.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.tests.integration.Processes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/** What a stopped controller has in its database of the streams of one node. */
final class StoredStreams {
    private static final String STREAMS = "select id, ranges from stream where node_id = ? order by id";
    private static final String SAMPLES = "select count(*) from sample where node_id = ? and metric = ?";
    private static final String DOUBLED =
            "select device, at_millis, count(*) from sample where node_id = ? and metric = ? "
                    + "group by device, at_millis having count(*) > 1";

    private final Connection database;
    private final String nodeId;

    private StoredStreams(Connection database, String nodeId) {
        this.database = database;
        this.nodeId = nodeId;
    }

    /** Work on the streams of one node. */
    @FunctionalInterface
    interface Look {
        void at(StoredStreams streams) throws SQLException;
    }

    static void look(Processes.Controller stopped, String node, Look look) throws SQLException {
        try (Connection database = stopped.h2()) {
            look.at(new StoredStreams(database, "default/" + node));
        }
    }

    /** Highest sequence by stream and boot; fails when any before it is missing. */
    Map<String, Long> withoutGaps() throws SQLException {
        Map<String, Long> highest = new TreeMap<>();
        try (PreparedStatement select = database.prepareStatement(STREAMS)) {
            select.setString(1, nodeId);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    assertThat(rows.getString(2))
                            .as("places stored of %s", rows.getString(1))
                            .matches("1-[0-9]+|1");
                    String range = rows.getString(2);
                    highest.put(
                            rows.getString(1).substring(nodeId.length() + 1),
                            Long.parseLong(range.substring(range.indexOf('-') + 1)));
                }
            }
        }
        return highest;
    }

    long samples(String metric) throws SQLException {
        try (PreparedStatement select = database.prepareStatement(SAMPLES)) {
            select.setString(1, nodeId);
            select.setString(2, metric);
            try (ResultSet rows = select.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        }
    }

    /** Fails when a metric that is looked at every few seconds has two samples of one moment. */
    void assertNoneDoubled(String metric) throws SQLException {
        try (PreparedStatement select = database.prepareStatement(DOUBLED)) {
            select.setString(1, nodeId);
            select.setString(2, metric);
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next())
                        .as("%s of %s is stored twice", metric, nodeId)
                        .isFalse();
            }
        }
    }
}
