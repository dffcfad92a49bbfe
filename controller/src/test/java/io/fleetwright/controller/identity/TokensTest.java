package io.fleetwright.controller.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.identity.Tokens.Made;
import io.fleetwright.controller.identity.Tokens.Role;
import io.fleetwright.controller.node.Labels;
import io.fleetwright.controller.store.FleetStore;
import io.fleetwright.controller.store.MemoryStore;
import io.fleetwright.controller.store.Query;
import io.fleetwright.controller.store.Row;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TokensTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final long DAY = Duration.ofDays(1).toMillis();

    private final FleetStore store = new MemoryStore();
    private final Tokens tokens = new Tokens();

    private Optional<Made> exchange(String text, long now) {
        return store.transact(tx -> tokens.exchange(tx, text, now));
    }

    private Optional<Tokens.Caller> caller(String text, long now) {
        return store.transact(tx -> tokens.caller(tx, text, now));
    }

    private EnrolmentTokenRow enrolment(String text, long now) {
        return store.transact(tx -> tokens.enrolment(tx, text, now));
    }

    private void assertNoEnrolment(String text) {
        assertThatThrownBy(() -> enrolment(text, NOW))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.NOT_FOUND));
    }

    private <R extends Row> List<R> all(Class<R> type) {
        return store.transact(tx -> tx.find(Query.of(type)));
    }

    @Test
    void aSetupTokenIsExchangedOnceForAnAdminsToken() {
        Made setup = store.transact(tx -> tokens.makeSetup(tx, "acme", NOW));
        assertThat(caller(setup.text(), NOW)).isEmpty();
        Made api = exchange(setup.text(), NOW).orElseThrow();
        assertThat(exchange(setup.text(), NOW)).isEmpty();
        assertThat(caller(api.text(), NOW)).contains(new Tokens.Caller("acme", "admin", Role.ADMIN, Set.of()));
        assertThat(exchange(api.text(), NOW)).isEmpty();
    }

    @Test
    void tokensRunOut() {
        Made setup = store.transact(tx -> tokens.makeSetup(tx, "acme", NOW));
        assertThat(exchange(setup.text(), NOW + DAY)).isEmpty();
        Made api = store.transact(tx -> tokens.makeApi(tx, "acme", "ci", Role.OPERATOR, NOW));
        assertThat(caller(api.text(), NOW + 90 * DAY - 1)).isPresent();
        assertThat(caller(api.text(), NOW + 90 * DAY)).isEmpty();
        Made enrolment = store.transact(tx ->
                tokens.makeEnrolment(tx, "acme", "ann", new byte[32], new Tokens.Admission(1, 10, Labels.NONE), NOW));
        assertThat(enrolment(enrolment.text(), NOW + 599_999).usesLeft).isEqualTo(1);
        assertThatThrownBy(() -> enrolment(enrolment.text(), NOW + 600_000))
                .isInstanceOf(Refusal.class)
                .hasMessage("the enrolment token expired at 2027-01-15T08:10:00Z");
    }

    @Test
    void onlyHashesAreStored() {
        Made api = store.transact(tx -> tokens.makeApi(tx, "acme", "ci", Role.VIEWER, NOW));
        Made enrolment = store.transact(tx ->
                tokens.makeEnrolment(tx, "acme", "ann", new byte[32], new Tokens.Admission(1, 10, Labels.NONE), NOW));
        assertThat(all(ApiTokenRow.class))
                .singleElement()
                .satisfies(row -> assertThat(row.id).matches("[0-9a-f]{64}").isNotEqualTo(api.text()));
        assertThat(all(EnrolmentTokenRow.class))
                .singleElement()
                .satisfies(row -> assertThat(row.id).matches("[0-9a-f]{64}").isNotEqualTo(enrolment.text()));
        assertThat(caller(api.id(), NOW)).isEmpty();
    }

    @Test
    void noKindOfTokenStandsInForAnother() {
        Made enrolment = store.transact(tx ->
                tokens.makeEnrolment(tx, "acme", "ann", new byte[32], new Tokens.Admission(1, 10, Labels.NONE), NOW));
        Made api = store.transact(tx -> tokens.makeApi(tx, "acme", "ci", Role.ADMIN, NOW));
        assertThat(caller(enrolment.text(), NOW)).isEmpty();
        assertNoEnrolment(api.text());
        for (String wrong : new String[] {"", "fwt_", "fwt_" + "x".repeat(1000), "fwe1.", api.text() + "x"}) {
            assertThat(caller(wrong, NOW)).isEmpty();
            assertNoEnrolment(wrong);
        }
    }

    @Test
    void usesAndMinutesHaveBounds() {
        for (int[] wrong : new int[][] {{0, 10}, {1001, 10}, {1, 0}, {1, 10_081}, {-1, 10}}) {
            assertThatThrownBy(() -> store.transact(tx -> tokens.makeEnrolment(
                            tx,
                            "acme",
                            "ann",
                            new byte[32],
                            new Tokens.Admission(wrong[0], wrong[1], Labels.NONE),
                            NOW)))
                    .isInstanceOfSatisfying(
                            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID));
        }
    }

    @Test
    void aRoleCoversItselfAndWhatIsBelow() {
        assertThat(Role.ADMIN.covers(Role.OPERATOR)).isTrue();
        assertThat(Role.OPERATOR.covers(Role.OPERATOR)).isTrue();
        assertThat(Role.VIEWER.covers(Role.OPERATOR)).isFalse();
    }

    @Test
    void aTokenCarriesItsScopesUntilItIsRevokedByItsOwnTenant() {
        var wanted = new Tokens.Wanted("ci", Role.OPERATOR, List.of("read", "models:write"), Duration.ofMinutes(10));
        Made made = store.transact(tx -> tokens.makeApi(tx, "acme", "ann", wanted, NOW));
        assertThat(caller(made.text(), NOW).orElseThrow().scopes()).containsExactlyInAnyOrder("read", "models:write");
        assertThat(caller(made.text(), NOW + Duration.ofMinutes(10).toMillis())).isEmpty();
        assertThatThrownBy(() -> store.transact(tx -> tokens.revokeApi(tx, "other", made.id())))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("no token");
        String revoked = store.transact(tx -> tokens.revokeApi(tx, "acme", made.id()));
        assertThat(revoked).isEqualTo("ci");
        assertThat(caller(made.text(), NOW)).isEmpty();
    }

    @Test
    void aSetupTokenIsNoTokenThatCanBeRevokedByItsId() {
        Made setup = store.transact(tx -> tokens.makeSetup(tx, "acme", NOW));
        assertThatThrownBy(() -> store.transact(tx -> tokens.revokeApi(tx, "acme", setup.id())))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void refusesTokensThatMakeNoSense() {
        for (Runnable wrong : List.<Runnable>of(
                () -> wanted("", "read", 10),
                () -> wanted("a\nb", "read", 10),
                () -> wanted("x".repeat(61), "read", 10),
                () -> wanted("ci", "models:read", 10),
                () -> wanted("ci", "read", 0),
                () -> wanted("ci", "read", 367 * 24 * 60))) {
            assertThatThrownBy(wrong::run)
                    .isInstanceOfSatisfying(
                            Refusal.class, refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.INVALID));
        }
        assertThatThrownBy(() -> Role.of("root")).isInstanceOf(Refusal.class).hasMessageContaining("approver");
    }

    private static void wanted(String name, String scope, int minutes) {
        var made = new Tokens.Wanted(name, Role.VIEWER, List.of(scope), Duration.ofMinutes(minutes));
        throw new AssertionError("made " + made);
    }
}
