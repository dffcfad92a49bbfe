package io.fleetwright.conformance;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Holds the arrows of docs/ARCHITECTURE.md: a module that is not named in its line may not be used. */
final class ArchitectureTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.fleetwright");

    private static final List<String> JDK = List.of("java..", "javax.net..", "javax.security..", "org.jspecify..");

    /**
     * One module.
     *
     * @param uses modules of this project that it may use
     * @param libraries packages of others that it may use beside the JDK
     */
    private record Module(String name, List<String> uses, List<String> libraries) {
        String packages() {
            return "io.fleetwright.%s..".formatted(name);
        }
    }

    private static final List<Module> MODULES = List.of(
            new Module("scheduler", List.of(), List.of()),
            new Module("runtime", List.of(), List.of("jdk.incubator.vector..")),
            new Module("trust", List.of(), List.of()),
            new Module("telemetry", List.of(), List.of("com.fasterxml.jackson.core..", "com.google.protobuf..")),
            new Module("forge", List.of("runtime", "trust"), List.of("com.fasterxml.jackson.core..")),
            new Module("zoo", List.of("forge", "runtime", "trust"), List.of("jdk.incubator.vector..")),
            new Module(
                    "agent",
                    List.of("runtime", "telemetry", "trust"),
                    List.of(
                            "com.fasterxml.jackson.core..",
                            "org.eclipse.paho..",
                            "org.bouncycastle..",
                            "com.sun.management..",
                            "com.sun.net.httpserver..")));

    /** The controller's own modules; its frameworks are its own affair, see the rules on its core below. */
    private static final List<String> CONTROLLER_USES = List.of("scheduler", "forge", "runtime", "trust", "telemetry");

    @Test
    void everyModuleIsOnTheClassPath() {
        for (Module module : MODULES) {
            assertThat(ALL.that(resideInAnyPackage(module.packages())))
                    .as(module.name())
                    .isNotEmpty();
        }
        assertThat(ALL.that(resideInAnyPackage("io.fleetwright.controller.."))).isNotEmpty();
    }

    @Test
    void aModuleUsesOnlyWhatItsLineNames() {
        for (Module module : MODULES) {
            List<String> allowed = new ArrayList<>(JDK);
            allowed.addAll(module.libraries());
            allowed.add(module.packages());
            module.uses().forEach(other -> allowed.add("io.fleetwright.%s..".formatted(other)));
            classes()
                    .that()
                    .resideInAPackage(module.packages())
                    .should()
                    .onlyDependOnClassesThat(resideInAnyPackage(allowed.toArray(String[]::new))
                            .or(nameMatching("(\\[+[ZBCSIJFD])|boolean|byte|char|short|int|long|float|double|void")))
                    .as("%s uses only %s and %s".formatted(module.name(), module.uses(), module.libraries()))
                    .check(ALL);
        }
    }

    @Test
    void theControllerUsesOnlyTheModulesThatItsLineNames() {
        List<String> allowed = new ArrayList<>(List.of("io.fleetwright.controller.."));
        CONTROLLER_USES.forEach(other -> allowed.add("io.fleetwright.%s..".formatted(other)));
        classes()
                .that()
                .resideInAPackage("io.fleetwright.controller..")
                .should()
                .onlyDependOnClassesThat(resideOutsideOfPackages("io.fleetwright..")
                        .or(resideInAnyPackage(allowed.toArray(String[]::new))))
                .check(ALL);
    }

    @Test
    void agentAndControllerKnowEachOtherByTheProtocolOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.fleetwright.agent..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fleetwright.controller..")
                .check(ALL);
        noClasses()
                .that()
                .resideInAPackage("io.fleetwright.controller..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fleetwright.agent..")
                .check(ALL);
    }

    @Test
    void theCommandLineKnowsTheControllerAsAProcessOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.fleetwright.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fleetwright.controller..")
                .check(ALL);
    }

    @Test
    void nothingOfTheProductNeedsTheZooThatTrainedItsModels() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.fleetwright.zoo..", "io.fleetwright.cli..", "io.fleetwright.conformance..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fleetwright.zoo..")
                .check(ALL);
    }

    @Test
    void theControllersDecisionsKnowNoFramework() {
        noClasses()
                .that()
                .resideInAnyPackage(core())
                .and()
                .haveNameNotMatching(".*\\.HibernateStore(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.quarkus..",
                        "io.smallrye..",
                        "io.vertx..",
                        "io.netty..",
                        "org.hibernate..",
                        "org.apache.activemq..",
                        "org.eclipse..",
                        "jakarta.ws..",
                        "jakarta.enterprise..",
                        "jakarta.inject..",
                        "io.fleetwright.controller.http..",
                        "io.fleetwright.controller.mqtt..",
                        "io.fleetwright.controller.edge..",
                        "io.fleetwright.controller.boot..")
                .check(ALL);
    }

    @Test
    void decisionsAndLibrariesAreToldTheTimeAndTheirChances() {
        noClasses()
                .that()
                .resideInAnyPackage(timeless())
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .orShould()
                .callMethod(InstantSource.class, "system")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callConstructor(Random.class)
                .check(ALL);
    }

    /** Not forge: quantize takes an evaluation set, and evaluate quantizes its inputs. */
    @Test
    void packagesOfALibraryFormNoCycle() {
        for (String module : List.of("scheduler", "zoo", "telemetry")) {
            slices().matching("io.fleetwright.%s.(*)..".formatted(module))
                    .should()
                    .beFreeOfCycles()
                    .check(ALL);
        }
    }

    /** Core, model and their neighbours share one transaction and know each other; nothing may join that knot from outside. */
    @Test
    void theControllersEdgesFormNoCycle() {
        for (String edge : List.of("http", "mqtt", "edge")) {
            noClasses()
                    .that()
                    .resideInAPackage("io.fleetwright.controller.%s..".formatted(edge))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(List.of("http", "mqtt", "edge").stream()
                            .filter(other -> !other.equals(edge))
                            .map("io.fleetwright.controller.%s.."::formatted)
                            .toArray(String[]::new))
                    .check(ALL);
        }
    }

    private static String[] core() {
        return List.of("audit", "core", "identity", "job", "model", "node", "removal", "rollout", "store", "telemetry")
                .stream()
                .map("io.fleetwright.controller.%s.."::formatted)
                .toArray(String[]::new);
    }

    private static String[] timeless() {
        List<String> packages = new ArrayList<>(List.of(core()));
        for (String library : List.of("scheduler", "runtime", "trust", "forge", "telemetry")) {
            packages.add("io.fleetwright.%s..".formatted(library));
        }
        return packages.toArray(String[]::new);
    }
}
