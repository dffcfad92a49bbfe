package io.fleetwright.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.agent.identity.Enrolment;
import io.fleetwright.testkit.Await;
import io.fleetwright.tests.integration.Api;
import io.fleetwright.tests.integration.Processes;
import io.fleetwright.tests.integration.WireNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A node whose keys are revoked is out at once and for good; its neighbours notice nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RevocationTest {
    private static final Duration EFFECTIVE = Duration.ofSeconds(5);

    private Path folder;
    private SecuredFleet fleet;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        fleet = new SecuredFleet(temporary);
    }

    @AfterAll
    void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
    }

    @Test
    void aRevokedNodeIsCutAndStaysOutOverARestart() throws Exception {
        Api api = fleet.operator.api();
        fleet.alice.connect();
        fleet.bob.connect();
        fleet.operator.awaitOnline(List.of("alice", "bob"));
        assertThat(fleet.otherOperator
                        .api()
                        .post("/api/v1/nodes/alice/revoke", "")
                        .status())
                .isEqualTo(404);
        assertThat(api.send("DELETE", "/api/v1/nodes/alice", null, "application/json")
                        .status())
                .as("an online node is revoked first")
                .isEqualTo(409);

        assertThat(api.post("/api/v1/nodes/alice/revoke", "")
                        .expect(200)
                        .body()
                        .get("status")
                        .asText())
                .isEqualTo("revoked");
        Await.until(
                "alice's session is cut", EFFECTIVE, () -> !fleet.alice.peer().isConnected());
        assertThatThrownBy(fleet.alice::connect).isInstanceOf(MqttException.class);
        assertEnrolmentRefused();
        fleet.assertServes(fleet.bob);
        assertThat(api.get("/api/v1/audit").expect(200).body().toString()).contains("node.revoked");

        fleet.bob.close();
        fleet.controller.stop();
        fleet.controller.start();
        assertThatThrownBy(fleet.alice::connect).isInstanceOf(MqttException.class);
        assertEnrolmentRefused();
        assertThat(fleet.operator.statusOf("alice")).isEqualTo("revoked");
        assertThat(api.send("DELETE", "/api/v1/nodes/alice", null, "application/json")
                        .status())
                .isEqualTo(204);
        assertThat(api.get("/api/v1/nodes/alice").status()).isEqualTo(404);
        assertThatThrownBy(fleet.alice::connect).isInstanceOf(MqttException.class);
        assertEnrolmentRefused();
        fleet.bob.connect();
        fleet.operator.awaitOnline(List.of("bob"));
    }

    private void assertEnrolmentRefused() throws Exception {
        assertThatThrownBy(() -> WireNode.enrol(fleet.controller, fleet.operator.enrolmentToken(1), "alice", folder))
                .isInstanceOf(Enrolment.RefusedException.class)
                .hasMessageContaining("revoked");
    }

    @Test
    void anAgentWithAShortCertificateRenewsItAndStaysOnline(@TempDir Path own) throws Exception {
        try (Processes.Controller controller = new Processes.Controller(own, Map.of())) {
            controller.start(Map.of("FLEETWRIGHT_NODE_CERTIFICATE_VALIDITY", "PT20S"));
            var operator = io.fleetwright.tests.integration.Operator.signIn(controller);
            try (Processes.Agent agent = new Processes.Agent(
                            own, "renewing", controller, operator.enrolmentToken(1), "--node", "carol")
                    .start()) {
                operator.awaitOnline(List.of("carol"));
                Await.until(
                        "three certificates",
                        Duration.ofSeconds(90),
                        () -> agent.output().split("identity.renewed", -1).length > 3);
                Await.until(
                        "carol is online with the newest",
                        SecuredFleet.LIMIT,
                        () -> operator.statusOf("carol").equals("online"));
                assertThat(agent.output()).doesNotContain("identity.renewal_delayed");
            }
        }
    }
}
