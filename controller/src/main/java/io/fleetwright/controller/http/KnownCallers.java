package io.fleetwright.controller.http;

import io.fleetwright.controller.identity.Tokens;
import io.fleetwright.controller.identity.Tokens.Caller;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Callers of the last moment, so that each of many requests with one token does not ask the database for it. A token that is revoked is
 * forgotten at once; one that runs out, or that something else has deleted, within {@link #KEPT}.
 */
@ApplicationScoped
public class KnownCallers {
    static final Duration KEPT = Duration.ofSeconds(1);
    static final int MAX = 1000;

    private final LongSupplier nanos;
    /** By what the database keeps of a token, which is not the token. */
    private final Map<String, Known> byToken = new LinkedHashMap<>();
    /** Counts what was forgotten, so that what was read before is not kept after. */
    private long forgotten;

    KnownCallers() {
        this(System::nanoTime);
    }

    KnownCallers(LongSupplier nanos) {
        this.nanos = nanos;
    }

    private record Known(Caller caller, long sinceNanos) {}

    /**
     * Who holds a token.
     *
     * @param read asks the database; those whom it does not know are not kept
     */
    public Optional<Caller> caller(String text, Supplier<Optional<Caller>> read) {
        String token = Tokens.hash(text);
        long before;
        synchronized (this) {
            Known known = fresh(token);
            if (known != null) {
                return Optional.of(known.caller);
            }
            before = forgotten;
        }
        long since = nanos.getAsLong();
        Optional<Caller> caller = read.get();
        synchronized (this) {
            if (caller.isPresent() && before == forgotten) {
                if (byToken.size() >= MAX) {
                    byToken.clear();
                }
                byToken.put(token, new Known(caller.get(), since));
            }
        }
        return caller;
    }

    private @Nullable Known fresh(String token) {
        Known known = byToken.get(token);
        if (known != null && nanos.getAsLong() - known.sinceNanos >= KEPT.toNanos()) {
            byToken.remove(token);
            return null;
        }
        return known;
    }

    /** Asks for everybody anew; to be called after the commit that ended a token. */
    synchronized void forget() {
        byToken.clear();
        forgotten++;
    }
}
