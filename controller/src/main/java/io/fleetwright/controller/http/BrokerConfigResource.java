package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.identity.CertificateAuthority;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import java.util.Map;
import java.util.TreeMap;

/** Configuration for brokers of other makes. */
@Path("/api/v1/broker-config")
public class BrokerConfigResource {
    private final Controller controller;

    BrokerConfigResource(Controller controller) {
        this.controller = controller;
    }

    record Files(String kind, Map<String, String> files) {}

    /** Rules and TLS for the broker, with the certificate of the authority that it is to trust. */
    @GET
    @Path("/{kind}")
    public Object files(@PathParam("kind") String kind) {
        Map<String, String> files = new TreeMap<>(controller
                .brokerFiles(kind)
                .orElseThrow(() -> Refusal.notFound("broker", "other than mosquitto and emqx")));
        files.put(
                "ca.pem", CertificateAuthority.pem(controller.keys().authority().certificate()));
        return new Files(kind, files);
    }
}
