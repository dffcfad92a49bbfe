package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PreconditionTest {
    private static final String TAG = Precondition.tag("node", "{}");
    private static final String OTHER = Precondition.tag("node", "{\"a\":1}");

    private static void isMet(@Nullable String ifMatch, @Nullable String ifNoneMatch, @Nullable String tag) {
        assertThatCode(() -> new Precondition(ifMatch, ifNoneMatch).require("thing", tag, "now"))
                .doesNotThrowAnyException();
    }

    private static void fails(@Nullable String ifMatch, @Nullable String ifNoneMatch, @Nullable String tag) {
        assertThatThrownBy(() -> new Precondition(ifMatch, ifNoneMatch).require("thing", tag, "red"))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refused -> assertThat(refused.kind()).isEqualTo(Refusal.Kind.PRECONDITION_FAILED))
                .hasMessage(tag == null ? "there is no thing" : "thing is another now: red, ETag " + tag);
    }

    @Test
    void aCallerWhoSaysNothingMayWriteAnything() {
        isMet(null, null, TAG);
        isMet(null, null, null);
    }

    @Test
    void writesOnlyWhatIsAsTheCallerKnowsIt() {
        isMet(TAG, null, TAG);
        isMet(OTHER + " , " + TAG, null, TAG);
        isMet("*", null, TAG);
        fails(OTHER, null, TAG);
        fails(TAG, null, null);
        fails("*", null, null);
        fails("W/" + TAG, null, TAG);
    }

    @Test
    void writesOnlyWhatIsNotThere() {
        isMet(null, "*", null);
        isMet(null, OTHER, TAG);
        fails(null, "*", TAG);
        fails(null, TAG, TAG);
        fails(null, "W/" + TAG, TAG);
    }

    @Test
    void knowsWhatAReaderHas() {
        assertThat(new Precondition(null, TAG).has(TAG)).isTrue();
        assertThat(new Precondition(null, "W/" + TAG + "," + OTHER).has(TAG)).isTrue();
        assertThat(new Precondition(null, OTHER).has(TAG)).isFalse();
        assertThat(new Precondition(null, null).has(TAG)).isFalse();
    }

    @Test
    void tagsTellStatesApart() {
        assertThat(TAG).matches("\"[0-9a-f]{32}\"").isNotEqualTo(OTHER);
        assertThat(Precondition.tag("a", "bc")).isNotEqualTo(Precondition.tag("ab", "c"));
    }

    @Test
    void namesTheHeaderThatCannotBeRead() {
        for (String bad :
                List.of("", "abc", "\"a", "\"a\" \"b\"", "w/\"a\"", "\"a\",,\"b\"", "\"" + "a".repeat(2000) + "\"")) {
            assertThatThrownBy(() -> new Precondition(bad, null))
                    .as(bad)
                    .isInstanceOf(Refusal.class)
                    .hasMessageStartingWith("If-Match must be");
            assertThatThrownBy(() -> new Precondition(null, bad))
                    .as(bad)
                    .isInstanceOf(Refusal.class)
                    .hasMessageStartingWith("If-None-Match must be");
        }
    }
}
