package io.fleetwright.controller.boot;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Settings of the controller process. */
@ConfigMapping(prefix = "fleetwright")
public interface ControllerConfig {
    /** Folder of database and keys. */
    @WithDefault("data")
    String dataDir();

    /** Address that all ports listen on. */
    @WithDefault("127.0.0.1")
    String host();

    /** Name or address under which agents reach this controller. */
    @WithDefault("127.0.0.1")
    String publicHost();

    /** REST and console. */
    @WithDefault("8080")
    int httpPort();

    /** HTTPS for agents. */
    @WithDefault("8443")
    int edgePort();

    /** MQTT over TLS. */
    @WithDefault("8883")
    int mqttPort();

    /** {@code embedded}, or {@code external} at {@code publicHost} and {@code mqttPort}. */
    @WithDefault("embedded")
    String broker();

    /** Management API of an external EMQX broker, which revoked nodes are put out of. */
    Optional<Emqx> emqx();

    /** An API key of EMQX. */
    interface Emqx {
        URI url();

        String key();

        String secret();
    }

    /** The key and certificate of an authority of one's own; the controller makes one when absent. */
    Optional<Authority> authority();

    /** PKCS #12 with an EC key, and a file whose first line is its password. */
    interface Authority {
        Path keyStore();

        Path passwordFile();
    }

    /** {@code h2} or {@code postgresql}. */
    @WithDefault("h2")
    String database();

    /** How long certificates of nodes are good; agents renew at two thirds of it. From 10 seconds to 398 days. */
    @WithDefault("P365D")
    Duration nodeCertificateValidity();

    /** The agent's archive that {@code /install/agent.tar.gz} serves. */
    Optional<String> agentArchive();

    /** Makes a fresh setup token at this start; {@code demo} does. */
    @WithDefault("false")
    boolean freshSetupToken();

    /** Where an API token for the process that supervises this one is kept, 0600; {@code demo} asks for one. */
    Optional<String> supervisorTokenFile();

    /** Inference requests that may wait for their answer at once; more are answered 429. From 1 to 10,000. */
    @WithDefault("512")
    int inferencesWaitingMax();

    /** Networks that are not on the public internet and that webhooks may reach all the same, such as {@code 10.1.0.0/16}. */
    Optional<List<String>> webhookNetworks();

    /** The process that this one ends with. */
    OptionalLong parentPid();

    /** Whether idle devices run inferences for the controller to learn what they take. */
    @WithDefault("true")
    boolean probes();

    /** How jobs that wait find their devices: {@code portfolio} or {@code earliest-finish}. */
    @WithDefault("portfolio")
    String policy();

    /** Shares of tenants in the placements of a step, such as {@code a=3,b=1}; 1 for who is not named. From 1 to 1,000. */
    Optional<String> tenantShares();
}
