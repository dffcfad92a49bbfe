package io.fleetwright.scheduler.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.scheduler.graph.TaskGraph;
import io.fleetwright.scheduler.online.OnlinePolicies;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TenantsTest {
    @Test
    void applicationsShareATenantOrAreTheirOwn() {
        Tenants tenants = new Tenants(workload(3), Map.of("app0", new Tenant("x", 2), "app2", new Tenant("x", 2)));
        assertThat(tenants.count()).isEqualTo(2);
        assertThat(tenants.ofApplication(2)).isEqualTo(tenants.ofApplication(0));
        assertThat(tenants.tenant(tenants.ofApplication(1))).isEqualTo(new Tenant("app1", 1));
    }

    @Test
    void whatDoesNotFitIsNamed() {
        assertThatThrownBy(() -> new Tenants(workload(1), Map.of("zag", new Tenant("x", 1))))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessageContaining("application 'zag' is not known");
        assertThatThrownBy(
                        () -> new Tenants(workload(2), Map.of("app0", new Tenant("x", 1), "app1", new Tenant("x", 3))))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessage("tenant 'x' has two weights, 1.0 and 3.0");
        assertThatThrownBy(() -> new Tenant("x", 0))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessageContaining("weight (0.0) of tenant 'x'");
        assertThatThrownBy(() -> new Tenants(workload(Tenants.TENANTS_MAX + 1), Map.of()))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessageContaining("1001 tenants");
        SimulationOptions options = SimulationOptions.real()
                .tenants(new Tenants(workload(2), Map.of()))
                .build();
        assertThatThrownBy(() ->
                        new Simulator(workload(1), OnlinePolicies.named("fair"), new SteadyQueue(1, 1, 1, 1), options))
                .isInstanceOf(InvalidWorkloadException.class)
                .hasMessageContaining("tenants of 2 applications for a workload of 1");
    }

    private static Workload workload(int applications) {
        TaskGraph graph = TaskGraph.builder().task("a").build();
        SocCluster cluster = new SocCluster(0, "CPU", "P", List.of(0), List.of(), List.of(), Map.of("a", 1.0));
        return new Workload(
                new Soc(List.of(cluster), new double[][] {{1}}, 1),
                IntStream.range(0, applications)
                        .mapToObj(app -> new Application("app" + app, graph))
                        .toList(),
                Workload.Transfers.EXACT);
    }
}
