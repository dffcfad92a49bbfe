package io.fleetwright.runtime.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class TransformChainTest {
    private static final List<Transform> ALL = List.of(
            new Resize(96, 64, Resize.Method.BILINEAR),
            new Resize(1, 4096, Resize.Method.NEAREST),
            new Normalise(-128, 3, 1 << 20, -7),
            new Window(3, 2),
            new Argmax(),
            new NonMaximumSuppression(450, 10, Integer.MIN_VALUE),
            new Threshold(-5),
            new Vote());

    @Test
    void eachTransformIsReadAgainFromItsText() throws TransformException {
        assertThat(ALL.stream().map(Transform::getClass).collect(Collectors.toSet()))
                .as("all kinds")
                .isEqualTo(Set.of(Transform.class.getPermittedSubclasses()));
        assertThat(ALL.stream().map(Transform::name).distinct().sorted().toList())
                .isEqualTo(TransformChain.names());
        for (Transform transform : ALL) {
            List<String> texts = new TransformChain(List.of(transform)).texts();
            assertThat(TransformChain.parse(texts).transforms())
                    .as(texts.toString())
                    .containsExactly(transform);
        }
        assertThat(new TransformChain(List.of(ALL.getFirst(), new Argmax())).texts())
                .containsExactly("resize:height=96,width=64,method=bilinear", "argmax");
    }

    @Test
    void aTextThatIsNoTransformIsRefusedByName() {
        for (List<String> wrong : List.of(
                List.of("", "no such transform"),
                List.of("blur", "blur"),
                List.of("resize", "height is missing"),
                List.of("resize:height=1,width=x,method=nearest", "width (x)"),
                List.of("resize:height=1,width=1,method=best", "method (best)"),
                List.of("resize:height=0,width=1,method=nearest", "height (0)"),
                List.of("resize:height=1,height=1,width=1,method=nearest", "each once"),
                List.of("argmax:axis=1", "[axis] is no parameter"),
                List.of("argmax:", "parameters"),
                List.of("threshold:atLeast=99999999999", "99999999999"),
                List.of("threshold:atLeast=" + "9".repeat(300), "characters"))) {
            assertThatThrownBy(() -> TransformChain.parse(List.of(wrong.getFirst())))
                    .as(wrong.getFirst())
                    .isInstanceOf(TransformException.class)
                    .hasMessageContaining(wrong.getLast());
        }
        assertThatThrownBy(() -> TransformChain.parse(List.of("argmax", "vote", "vote", "vote", "vote")))
                .isInstanceOf(TransformException.class)
                .hasMessageContaining("at most 4");
        assertThatThrownBy(
                        () -> new TransformChain(List.of(ALL.get(4), ALL.get(4), ALL.get(4), ALL.get(4), ALL.get(4))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aChainGivesWhatItsTransformsGiveOneAfterTheOther() throws TransformException {
        Form form = Form.int8(24, 32, 3);
        byte[] value = new byte[form.bytes()];
        new SplittableRandom(7).nextBytes(value);
        Transform resize = new Resize(6, 5, Resize.Method.BILINEAR);
        Transform normalise = new Normalise(3, 2, 3, 1);
        TransformChain chain = new TransformChain(List.of(resize, normalise, new Argmax()));
        Form small = Form.int8(6, 5, 3);
        byte[] expected = new Argmax()
                .apply(
                        List.of(small),
                        List.of(normalise.apply(List.of(small), List.of(resize.apply(List.of(form), List.of(value))))));
        assertThat(chain.apply(form, value)).isEqualTo(expected);
        assertThat(chain.forms(form)).containsExactly(small, small, Form.int32(6, 5));
        assertThat(chain.output(form)).isEqualTo(Form.int32(6, 5));
        assertThat(chain.computed(form)).as("of each the 90 values between").isEqualTo(3 * 90);
        assertThat(TransformChain.NONE.apply(form, value)).isSameAs(value);
        assertThat(TransformChain.NONE.output(form)).isEqualTo(form);
        assertThat(TransformChain.NONE.computed(form)).isZero();
        assertThatThrownBy(() -> chain.apply(form, new byte[3]))
                .hasMessageContaining("resize")
                .hasMessageContaining("3");
    }

    @Test
    void theTransformThatDoesNotTakeWhatComesIsNamed() {
        TransformChain chain = new TransformChain(List.of(new Argmax(), new Resize(2, 2, Resize.Method.NEAREST)));
        assertThatThrownBy(() -> chain.output(Form.int8(4, 4, 3)))
                .isInstanceOf(TransformException.class)
                .hasMessageContaining("resize")
                .hasMessageContaining("int32[4,4]");
        assertThatThrownBy(() -> new TransformChain(List.of(ALL.get(5))).output(Form.int8(4, 4)))
                .hasMessageContaining("nms")
                .hasMessageContaining("not 1 inputs");
    }
}
