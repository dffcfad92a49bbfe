package io.fleetwright.tests.security;

import io.fleetwright.telemetry.wire.Stream;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Operator;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.tests.integration.Tenants;
import io.fleetwright.tests.integration.WireNode;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.paho.mqttv5.common.MqttException;

/** A controller with two tenants: {@code alice} and {@code bob} are nodes of the first, {@code mallory} of the second. */
final class SecuredFleet implements AutoCloseable {
    static final String OTHER_TENANT = "other";
    static final Duration LIMIT = Duration.ofSeconds(30);

    private static final String OTHER_TENANT_TOKEN = "fwt_other-tenant-token-for-tests";

    final Path folder;
    final Processes.Controller controller;
    final Operator operator;
    final Operator otherOperator;
    final WireNode alice;
    final WireNode bob;
    final WireNode mallory;

    SecuredFleet(Path folder) throws Exception {
        this.folder = folder;
        controller = new Processes.Controller(folder, Map.of());
        controller.start();
        operator = Operator.signIn(controller);
        controller.stop();
        try (Connection database = controller.h2()) {
            Tenants.addAdmin(database, OTHER_TENANT, OTHER_TENANT_TOKEN);
        }
        controller.start();
        otherOperator = new Operator(operator.api().as(OTHER_TENANT_TOKEN));
        String token = operator.enrolmentToken(2);
        alice = new WireNode(WireNode.enrol(controller, token, "alice", folder), "000000000000000a");
        bob = new WireNode(WireNode.enrol(controller, token, "bob", folder), "000000000000000b");
        mallory = new WireNode(
                WireNode.enrol(controller, otherOperator.enrolmentToken(1), "mallory", folder), "000000000000000c");
    }

    /** The good stream goes on: what a node sends now is stored and acknowledged. */
    void assertServes(WireNode node) throws Exception {
        long sequence = node.sendFrame(System.currentTimeMillis(), (double) node.sent(Stream.TELEMETRY));
        Await.until(
                "frame %d of %s is acknowledged".formatted(sequence, node.address()),
                LIMIT,
                () -> node.unacknowledged(Stream.TELEMETRY) == 0);
    }

    /** The node's next heartbeat shows that it is connected; without any, it would count as lost after a while. */
    void assertOnline(WireNode node) {
        node.heartbeat();
        String name = node.address().node();
        Await.until(name + " is online", LIMIT, () -> operator.statusOf(name).equals("online"));
    }

    @Override
    public void close() throws MqttException {
        for (WireNode node : List.of(alice, bob, mallory)) {
            node.close();
        }
        controller.close();
    }
}
