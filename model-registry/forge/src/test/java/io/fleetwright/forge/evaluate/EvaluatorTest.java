package io.fleetwright.forge.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatNetwork;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.quantize.Calibration;
import io.fleetwright.forge.quantize.Quantizer;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A network whose answer is the largest of three inputs. */
final class EvaluatorTest {
    private static final byte[] INPUTS = {9, 1, 2, 1, 9, 2, 1, 2, 9, 50, 100, 100, 0, 0, 0};

    @Test
    void countsRightAnswersAndGivesTiesToTheLowestIndex() throws ModelException {
        assertThat(Evaluator.answers(largest(), set(3, INPUTS, 1, 0, 0, 0, 0, 0)))
                .containsExactly(0, 1, 2, 1, 0);
        Accuracy accuracy = Evaluator.evaluate(largest(), set(3, INPUTS, 1, 0, 1, 2, 2, 2));
        assertThat(accuracy).isEqualTo(Accuracy.of(5, 3));
    }

    @Test
    void quantizesToTheModelsOwnInputParameters() throws ModelException {
        // The same real inputs in steps of two: half the byte values, twice the scale.
        byte[] halves = {20, 10, 10, 10, 40, 0};
        assertThat(Evaluator.answers(largest(), set(3, halves, 2, 0, 0))).containsExactly(0, 1);
    }

    @Test
    void refusesASetOfAnotherSize() throws ModelException {
        Graph graph = largest();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Evaluator.evaluate(graph, set(4, INPUTS, 1, 0, 0, 0, 0, 0)))
                .withMessageContaining("4 classes");
        EvaluationSet wide = new EvaluationSet(List.of(4), 3, new byte[4], 1, 0, new int[1]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Evaluator.evaluate(graph, wide))
                .withMessageContaining("4");
    }

    private static EvaluationSet set(int classes, byte[] inputs, float scale, int... labels) {
        return new EvaluationSet(List.of(1, 1, 3), classes, inputs, scale, 0, labels);
    }

    private static Graph largest() throws ModelException {
        float[] identity = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        var network = new FloatNetwork(
                "largest",
                new ImageShape(1, 1, 3),
                List.of(
                        new FloatLayer.GlobalAveragePool(),
                        new FloatLayer.FullyConnected(3, 3, identity, new float[3])));
        byte[] calibration = {(byte) 255, (byte) 255, (byte) 255};
        var model =
                TfliteExport.classifier(Quantizer.quantize(network, set(3, calibration, 1, 0), Calibration.MIN_MAX));
        return ModelReader.read(TfliteWriter.write(model), "largest.tflite");
    }
}
