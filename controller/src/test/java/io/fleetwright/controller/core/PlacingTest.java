package io.fleetwright.controller.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class PlacingTest {
    @Test
    void policyAndSharesAreRead() {
        Placing placing = Placing.parse("earliest-finish", "acme=3, other = 20");
        assertThat(placing.policy()).isEqualTo(Placing.Policy.EARLIEST_FINISH);
        assertThat(placing.share("acme")).isEqualTo(3);
        assertThat(placing.share("other")).isEqualTo(20);
        assertThat(placing.share("nobody")).isEqualTo(1);
        assertThat(Placing.parse("portfolio", "")).isEqualTo(Placing.DEFAULT);
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThatThrownBy(() -> Placing.parse("best", ""))
                .hasMessage("fleetwright.policy (best) must be portfolio or earliest-finish");
        for (String shares : new String[] {"a", "a=", "a=x", "=", "a=1,a=2", "a=1,", ","}) {
            assertThatThrownBy(() -> Placing.parse("portfolio", shares))
                    .as(shares)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("fleetwright.tenant-shares (");
        }
        for (String shares : new String[] {"a=0", "a=1001", "a=-1", "A=1", "=1", "a b=1"}) {
            assertThatThrownBy(() -> Placing.parse("portfolio", shares))
                    .as(shares)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("share of tenant '")
                    .hasMessageContaining("must be 1 to 1000");
        }
    }
}
