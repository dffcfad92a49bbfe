package io.fleetwright.controller.http;

import io.fleetwright.controller.boot.Controller;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/** Ready means that messages can come in and go out. */
@org.eclipse.microprofile.health.Readiness
@ApplicationScoped
public class Readiness implements HealthCheck {
    private final Controller controller;

    Readiness(Controller controller) {
        this.controller = controller;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("broker link")
                .status(controller.isReady())
                .build();
    }
}
