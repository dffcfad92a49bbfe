package io.fleetwright.zoo.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.train.NetworkFamily.Member;
import io.fleetwright.zoo.train.NetworkPlan.Block;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NetworkFamilyTest {
    private static final NetworkPlan PLAN = new NetworkPlan(
            new ImageShape(4, 4, 3),
            List.of(new Block.Square(3, 2, 32), new Block.Depthwise(3, 1), new Block.Pointwise(64)),
            5);

    @Test
    void quartersKeepInputAndClassesAndAPartOfEachChannelCount() {
        assertThat(NetworkFamily.quarters(PLAN).members())
                .extracting(Member::width)
                .containsExactly("w1.0", "w0.75", "w0.5", "w0.25");
        assertThat(NetworkFamily.quarters(PLAN).members().get(1).plan())
                .isEqualTo(new NetworkPlan(
                        new ImageShape(4, 4, 3),
                        List.of(new Block.Square(3, 2, 24), new Block.Depthwise(3, 1), new Block.Pointwise(48)),
                        5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PLAN.narrowed(1, 8))
                .withMessageContaining("1 of each 8 of 32 channels");
    }

    /** Before training all normalization is alike, so folded weights can be compared. */
    @Test
    void aNarrowNetworkIsTheFirstChannelsOfTheWideOne() {
        var wide = new TrainableNetwork(PLAN, 3);
        var narrow = new TrainableNetwork(PLAN.narrowed(1, 4), wide);
        narrow.slices().forEach(ParameterSlice::load);
        FloatNetwork whole = wide.export("whole");
        FloatNetwork part = narrow.export("part");

        var square = (FloatLayer.Convolution) whole.layers().getFirst();
        var squarePart = (FloatLayer.Convolution) part.layers().getFirst();
        assertThat(squarePart.weights()).hasSize(8 * 27).containsExactly(first(square.weights(), 8, 27, 27));
        var depthwise = (FloatLayer.Depthwise) whole.layers().get(1);
        var depthwisePart = (FloatLayer.Depthwise) part.layers().get(1);
        assertThat(depthwisePart.weights()).containsExactly(first(depthwise.weights(), 9, 8, 32));
        var pointwise = (FloatLayer.Convolution) whole.layers().get(2);
        var pointwisePart = (FloatLayer.Convolution) part.layers().get(2);
        assertThat(pointwisePart.weights()).containsExactly(first(pointwise.weights(), 16, 8, 32));
        var dense = (FloatLayer.FullyConnected) whole.layers().getLast();
        var densePart = (FloatLayer.FullyConnected) part.layers().getLast();
        assertThat(densePart.weights()).containsExactly(first(dense.weights(), 5, 16, 64));
    }

    @Test
    void aSliceMovesItsGradientToItsPlacesAndIsEmptyThen() {
        var whole = new Parameter(2 * 3 * 4);
        ParameterSlice slice = ParameterSlice.of(whole, 2, 2, 3, 1, 4);
        slice.part().gather(new float[] {1, 1, 1, 1});
        slice.passGradient();
        slice.part().update(0.5);
        whole.update(0.5);
        assertThat(slice.part().value).containsOnly(0);
        for (int i = 0; i < whole.value.length; i++) {
            assertThat(whole.value[i] != 0)
                    .as("element %d", i)
                    .isEqualTo(List.of(0, 4, 12, 16).contains(i));
        }
    }

    @Test
    void refusesAFamilyWithoutMembersAndOneThatDoesNotFit() {
        assertThatIllegalArgumentException().isThrownBy(() -> new NetworkFamily(List.of()));
        var other = new NetworkPlan(new ImageShape(4, 4, 3), List.of(new Block.Square(3, 2, 8)), 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TrainableNetwork(other, new TrainableNetwork(PLAN, 1)))
                .withMessageContaining("blocks (3)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ParameterSlice.of(new Parameter(24), 2, 4, 3, 1, 4))
                .withMessageContaining("2 x 4 x 1 of 2 x 3 x 4 values is no part of 24");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ParameterSlice.of(new Parameter(23), 2, 2, 3, 1, 4))
                .withMessageContaining("no part of 23");
    }

    /** The first columns of the first rows. */
    private static float[] first(float[] values, int rows, int columns, int wholeColumns) {
        var part = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(values, row * wholeColumns, part, row * columns, columns);
        }
        return part;
    }
}
