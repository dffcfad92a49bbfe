package io.fleetwright.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StorableTest {
    @Test
    void whatADatabaseWouldChangeIsAQuestionMarkAndTheRestIsCut() {
        assertThat(Storable.text("as it is \u00e4\ud83d\ude00", 100)).isEqualTo("as it is \u00e4\ud83d\ude00");
        assertThat(Storable.text("a\0b\ud83dc", 100)).isEqualTo("a?b?c");
        assertThat(Storable.text("abcdef", 4)).isEqualTo("abcd");
        assertThat(Storable.text("abc\ud83d\ude00", 4)).as("no half of a pair").isEqualTo("abc?");
        assertThat(Storable.reason("x".repeat(512))).hasSize(Storable.REASON_CHARS_MAX);
    }
}
