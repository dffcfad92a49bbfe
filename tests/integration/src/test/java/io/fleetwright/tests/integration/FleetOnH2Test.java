package io.fleetwright.tests.integration;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

class FleetOnH2Test extends FleetContract {
    @Override
    Map<String, String> database(Path controllerData) {
        return Map.of();
    }

    @Override
    Connection connect(Path controllerData) throws SQLException {
        return DriverManager.getConnection("jdbc:h2:file:" + controllerData.resolve("database/fleetwright"));
    }
}
