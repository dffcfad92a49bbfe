package io.fleetwright.controller.boot;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Start of the controller process: decides which database is active, whether people sign in elsewhere and whether the ports are free,
 * then hands over.
 */
@QuarkusMain
public final class ControllerMain {
    private static final int INFERENCES_WAITING_MAX = 10_000;

    private ControllerMain() {}

    /** A port that must be free, and the setting that names it. */
    private record Port(String setting, int fallback) {}

    public static void main(String... arguments) {
        Config config = ConfigProvider.getConfig();
        String database =
                config.getOptionalValue("fleetwright.database", String.class).orElse("h2");
        if (!List.of("h2", "postgresql").contains(database)) {
            fail("fleetwright.database (%s) must be h2 or postgresql".formatted(database));
        }
        for (String kind : List.of("h2", "postgresql")) {
            boolean active = kind.equals(database);
            System.setProperty("quarkus.datasource.%s.active".formatted(kind), Boolean.toString(active));
            System.setProperty("quarkus.hibernate-orm.%s.active".formatted(kind), Boolean.toString(active));
            System.setProperty("quarkus.flyway.%s.active".formatted(kind), Boolean.toString(active));
        }
        boolean signsIn = config.getOptionalValue("fleetwright.oidc.people.client-secret", String.class)
                .isPresent();
        System.setProperty("quarkus.oidc.tenant-enabled", Boolean.toString(signsIn));
        int waiting = config.getOptionalValue("fleetwright.inferences-waiting-max", Integer.class)
                .orElse(1);
        if (waiting < 1 || waiting > INFERENCES_WAITING_MAX) {
            fail("fleetwright.inferences-waiting-max (%d) must be from 1 to %d"
                    .formatted(waiting, INFERENCES_WAITING_MAX));
        }
        String broker =
                config.getOptionalValue("fleetwright.broker", String.class).orElse("embedded");
        if (!List.of("embedded", "external").contains(broker)) {
            fail("fleetwright.broker (%s) must be embedded or external".formatted(broker));
        }
        String host = config.getOptionalValue("fleetwright.host", String.class).orElse("127.0.0.1");
        for (Port port : List.of(
                new Port("fleetwright.http-port", 8080),
                new Port("fleetwright.edge-port", 8443),
                new Port("fleetwright.mqtt-port", 8883))) {
            int number = config.getOptionalValue(port.setting(), Integer.class).orElse(port.fallback());
            boolean others = port.setting().equals("fleetwright.mqtt-port") && broker.equals("external");
            if (!others && !isFree(host, number)) {
                fail("port %d on %s is busy (%s); stop what uses it or choose another one"
                        .formatted(number, host, port.setting()));
            }
        }
        config.getOptionalValue("fleetwright.parent-pid", Long.class).ifPresent(ControllerMain::endWith);
        Quarkus.run(arguments);
    }

    /** Ends this process in good order when the one that started it is gone, however that one ended. */
    private static void endWith(long parentPid) {
        ProcessHandle parent = ProcessHandle.of(parentPid).orElse(null);
        if (parent == null) {
            fail("fleetwright.parent-pid (%d) is not running".formatted(parentPid));
            return;
        }
        var _ = parent.onExit().thenRun(Quarkus::asyncExit);
    }

    private static boolean isFree(String host, int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, port));
            return true;
        } catch (IOException busy) {
            return false;
        }
    }

    private static void fail(String message) {
        System.err.println("fleetwright: " + message);
        System.exit(1);
    }
}
