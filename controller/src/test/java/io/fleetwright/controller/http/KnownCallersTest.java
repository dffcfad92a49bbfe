package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.controller.identity.Tokens;
import io.fleetwright.controller.identity.Tokens.Caller;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class KnownCallersTest {
    private static final Caller ANN = new Caller("acme", "ann", Tokens.Role.VIEWER, Set.of());

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger reads = new AtomicInteger();
    private final KnownCallers known = new KnownCallers(now::get);

    private Optional<Caller> ask(String token, Optional<Caller> answer) {
        return known.caller(token, () -> {
            reads.incrementAndGet();
            return answer;
        });
    }

    @Test
    void aCallerIsReadOnceInASecond() {
        assertThat(ask("a", Optional.of(ANN))).contains(ANN);
        now.addAndGet(KnownCallers.KEPT.toNanos() - 1);
        assertThat(ask("a", Optional.empty())).contains(ANN);
        assertThat(reads).hasValue(1);
        now.addAndGet(1);
        assertThat(ask("a", Optional.empty())).isEmpty();
        assertThat(reads).hasValue(2);
    }

    @Test
    void whoIsUnknownIsReadEachTime() {
        assertThat(ask("a", Optional.empty())).isEmpty();
        assertThat(ask("a", Optional.of(ANN))).contains(ANN);
        assertThat(reads).hasValue(2);
    }

    @Test
    void whatWasReadBeforeATokenEndedIsNotKept() {
        assertThat(ask("a", Optional.of(ANN))).contains(ANN);
        known.forget();
        assertThat(ask("a", Optional.empty())).isEmpty();
        Optional<Caller> late = known.caller("a", () -> {
            known.forget();
            return Optional.of(ANN);
        });
        assertThat(late).contains(ANN);
        assertThat(ask("a", Optional.empty())).isEmpty();
    }

    @Test
    void noMoreAreKeptThanTheLimit() {
        for (int i = 0; i <= KnownCallers.MAX; i++) {
            ask("token " + i, Optional.of(ANN));
        }
        reads.set(0);
        ask("token 0", Optional.of(ANN));
        ask("token " + KnownCallers.MAX, Optional.of(ANN));
        assertThat(reads).hasValue(1);
    }
}
