package io.fleetwright.tests.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fleetwright.testkit.Await;
import io.fleetwright.testkit.SharedData;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that fronts devices which other programs work, by the example that the product ships. */
final class GatewayTest {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final List<String> DEVICES = List.of("cpu0", "drone-1", "drone-2");

    @Test
    void dronesBehindAGatewayGetVersionsAndRunJobsAsItsOwnProcessorDoes(@TempDir Path folder) throws Exception {
        Path program = SharedData.projectRoot().resolve("deploy/drivers/runtime-driver");
        try (Processes.Controller controller = new Processes.Controller(folder, Map.of())) {
            controller.start();
            Operator operator = Operator.signIn(controller);
            operator.publishGlyphs("1.0.0", 20, "w1.0-int8");
            try (Processes.Agent gateway = new Processes.Agent(
                            folder,
                            "gateway",
                            controller,
                            operator.enrolmentToken(1),
                            "--node",
                            "gateway",
                            "--driver",
                            "drone-1=nano-drone:" + program,
                            "--driver",
                            "drone-2=nano-drone:" + program)
                    .atFullSpeed()
                    .startedBy("env", "JAVA_HOME=" + System.getProperty("java.home"))
                    .start()) {
                operator.awaitOnline(List.of("gateway"));
                operator.awaitSucceeded(operator.rollOut("1.0.0"));
                List<String> outputs = new ArrayList<>();
                for (String device : DEVICES) {
                    outputs.add(run(operator, device));
                }
                assertThat(outputs).hasSize(3).allMatch(outputs.getFirst()::equals);
                JsonNode node =
                        operator.api().get("/api/v1/nodes/gateway").expect(200).body();
                List<String> told = new ArrayList<>();
                node.get("devices")
                        .forEach(device -> told.add("%s %s %s"
                                .formatted(
                                        device.get("device").asText(),
                                        device.get("class").asText(),
                                        device.get("driver").asText())));
                assertThat(node.get("kernels").asText()).startsWith("vector-");
                assertThat(told)
                        .containsExactlyInAnyOrder(
                                "cpu0 cpu cpu", "drone-1 nano-drone program-whole", "drone-2 nano-drone program-whole");

                List<ProcessHandle> programs = gateway.handle().children().toList();
                assertThat(programs).hasSize(2);
                programs.forEach(ProcessHandle::destroyForcibly);
                Await.until(
                        "both programs are gone", LIMIT, () -> programs.stream().noneMatch(ProcessHandle::isAlive));
                // The next run starts the program again.
                assertThat(run(operator, "drone-2")).isEqualTo(outputs.getFirst());
                gateway.stop();
                Await.until(
                        "all programs have ended with the agent",
                        LIMIT,
                        () -> gateway.handle().descendants().findAny().isEmpty()
                                && !gateway.handle().isAlive());
            }
        }
    }

    private static String run(Operator operator, String device) throws Exception {
        String zeros = "0,".repeat(Operator.INPUT_BYTES - 1) + "0";
        JsonNode answer = operator.api()
                .post("/v2/models/glyphs/infer", """
                        {"inputs":[{"name":"input","shape":[1,32,32,1],"datatype":"INT8","data":[%s]}],
                         "parameters":{"deadline_ms":60000,"device":"gateway/%s"}}""".formatted(zeros, device))
                .expect(200)
                .body();
        JsonNode parameters = answer.get("parameters");
        assertThat(parameters.get("device").asText()).isEqualTo(device);
        assertThat(parameters.get("modelled").asBoolean()).isFalse();
        assertThat(parameters.get("latency_ms").asDouble()).isPositive();
        return answer.at("/outputs/0/data").toString();
    }
}
