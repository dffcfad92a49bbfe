package io.fleetwright.controller.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * A semicolon in an address' query is part of a value. The server's parser ends the value there, as HTML 4 had it, and of {@code
 * q=class==cpu;status==online} only the first half would be asked: more devices than were meant.
 */
@ApplicationScoped
public class Semicolons {
    /** Before everything that looks at parameters. */
    private static final int FIRST = 10_000;

    void register(@Observes Filters filters) {
        filters.register(Semicolons::encode, FIRST);
    }

    static void encode(RoutingContext connection) {
        String address = connection.request().uri();
        int query = address.indexOf('?');
        if (query < 0 || address.indexOf(';', query) < 0) {
            connection.next();
        } else {
            // The path alone: a request may have the whole address, with scheme and host.
            String path = connection.request().path();
            connection.reroute((path == null || path.isEmpty() ? "/" : path)
                    + address.substring(query).replace(";", "%3B"));
        }
    }
}
