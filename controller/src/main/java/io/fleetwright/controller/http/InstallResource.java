package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.trust.Digest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.nio.file.Files;

/** The agent's archive and its checksum, so that a board needs neither Maven nor a clone. */
@Path("/install")
public class InstallResource {
    private final Controller controller;

    InstallResource(Controller controller) {
        this.controller = controller;
    }

    @GET
    @Path("/agent.tar.gz")
    @Produces(MediaType.APPLICATION_OCTET_STREAM)
    public byte[] archive() throws IOException {
        java.nio.file.Path file = controller
                .config()
                .agentArchive()
                .map(java.nio.file.Path::of)
                .filter(Files::isRegularFile)
                .orElseThrow(() -> Refusal.notFound("agent archive", "(set fleetwright.agent-archive)"));
        return Files.readAllBytes(file);
    }

    /** In the form that {@code sha256sum -c} reads. */
    @GET
    @Path("/agent.tar.gz.sha256")
    @Produces(MediaType.TEXT_PLAIN)
    public String checksum() throws IOException {
        return Digest.of(archive()).hex() + "  agent.tar.gz\n";
    }
}
