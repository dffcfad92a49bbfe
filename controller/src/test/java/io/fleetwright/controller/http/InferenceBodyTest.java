package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fleetwright.controller.core.Refusal;
import io.fleetwright.testkit.SeededCases;
import jakarta.ws.rs.WebApplicationException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class InferenceBodyTest {
    private static final ObjectMapper MAPPER =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    private static final String BINARY =
            "{\"inputs\":[{\"name\":\"in\",\"shape\":[1,3],\"datatype\":\"INT8\",\"parameters\":{\"binary_data_size\":%d}}]%s}";

    private static InferenceBody json(String text) {
        return InferenceBody.read(MAPPER, null, text.getBytes(StandardCharsets.UTF_8));
    }

    private static InferenceBody with(String text, byte... behind) {
        byte[] json = text.getBytes(StandardCharsets.UTF_8);
        return InferenceBody.read(MAPPER, Integer.toString(json.length), joined(json, behind));
    }

    private static byte[] joined(byte[] json, byte... behind) {
        byte[] all = Arrays.copyOf(json, json.length + behind.length);
        System.arraycopy(behind, 0, all, json.length, behind.length);
        return all;
    }

    private static void refused(InferenceBody body, String reason) {
        assertThatThrownBy(() -> body.input(false)).isInstanceOf(Refusal.class).hasMessageContaining(reason);
    }

    @Test
    void aTensorIsInTheJsonOrBehindIt() {
        assertThat(json("{\"inputs\":[{\"shape\":[1,3],\"datatype\":\"INT8\",\"data\":[[1,-2,3]]}]}")
                        .input(false))
                .containsExactly(1, -2, 3);
        assertThat(with(BINARY.formatted(3, ""), (byte) 1, (byte) -2, (byte) 3).input(false))
                .containsExactly(1, -2, 3);
    }

    @Test
    void aFrameOfWholeNumbersOfFourBytesComesAsSuch() {
        String json = "{\"inputs\":[{\"shape\":[2],\"datatype\":\"INT32\",\"data\":[%s]}]}";
        assertThat(json(json.formatted("1,-70000")).input(true)).containsExactly(1, 0, 0, 0, 0x90, 0xee, 0xfe, 0xff);
        InferenceBody tooLarge = json(json.formatted("1,2147483648"));
        assertThatThrownBy(() -> tooLarge.input(true))
                .isInstanceOf(Refusal.class)
                .hasMessage("data[1] (2147483648) must be a whole number from -2147483648 to 2147483647");
        refused(json(json.formatted("1,2")), "datatype (INT32) must be INT8");
        String binary = BINARY.replace("INT8", "INT32").replace("[1,3]", "[1]");
        assertThat(with(binary.formatted(4, ""), (byte) 1, (byte) 2, (byte) 3, (byte) 4)
                        .input(true))
                .containsExactly(1, 2, 3, 4);
        InferenceBody tooShort = with(binary.formatted(1, ""), (byte) 1);
        assertThatThrownBy(() -> tooShort.input(true))
                .isInstanceOf(Refusal.class)
                .hasMessage("binary_data_size is 1; 1 bytes follow the JSON, and shape [1] has 1 elements of 4 bytes");
    }

    @Test
    void dataOfAnotherKindIsRefusedByItsFirst() {
        String json = "{\"inputs\":[{\"shape\":[1,3],\"datatype\":\"INT8\",\"data\":%s}]}";
        String range = " must be a whole number from -128 to 127";
        refused(json(json.formatted("[1,[2,128]]")), "data[2] (128)" + range);
        refused(json(json.formatted("[1.5,2,3]")), "data[0] (1.5)" + range);
        refused(json(json.formatted("[1,\"2\",3]")), "data[1] (2)" + range);
        refused(json(json.formatted("[1,null,500]")), "data[1] (null)" + range);
        refused(json(json.formatted("[1,{\"a\":[1]},[3]]")), "data[1] (an object)" + range);
        refused(json(json.formatted("[1,true,[3,[4]],{}]")), "data[1] (true)" + range);
        refused(json(json.formatted("[" + "9".repeat(60) + "]")), "data[0] (" + "9".repeat(40) + "...)" + range);
        refused(json(json.formatted("[1,2,3,4]")), "data has more than the 3 elements of its shape");
        refused(json(json.formatted("[1,[[2]]]")), "data has 2 elements, its shape [1, 3] has 3");
        refused(json(json.formatted("[]")), "data has 0 elements");
        for (String other : new String[] {"5", "\"AQID\"", "{\"a\":[1]}", "null"}) {
            refused(json(json.formatted(other)), "the input tensor must have shape and data");
        }
        StringBuilder many = new StringBuilder("[0");
        for (int i = 1; i < 5000; i++) {
            many.append(',').append((byte) i);
        }
        assertThat(json(json.replace("[1,3]", "[5000]").formatted(many.append(']')))
                        .input(false))
                .hasSize(5000)
                .startsWith(0, 1)
                .endsWith((byte) 4999);
    }

    @Test
    void aJsonPartOfNoLengthMakesAllOfTheBodyTheInput() {
        InferenceBody body = InferenceBody.read(MAPPER, "0", new byte[] {9, 8});
        assertThat(body.request()).isNull();
        assertThat(body.input(false)).containsExactly(9, 8);
        refused(InferenceBody.read(MAPPER, "0", new byte[0]), "inputs must hold one tensor");
    }

    @Test
    void whatDoesNotFitIsRefusedByName() {
        refused(with(BINARY.formatted(3, ""), (byte) 1), "binary_data_size is 3; 1 bytes follow the JSON");
        refused(with(BINARY.formatted(2, ""), (byte) 1, (byte) 2), "shape [1, 3] has 3 elements");
        refused(json(BINARY.formatted(3, "")), "the header Inference-Header-Content-Length is missing");
        refused(
                with("{\"inputs\":[{\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1]}]}", (byte) 1),
                "1 bytes follow the JSON, and no tensor has a binary_data_size");
        refused(
                with(
                        "{\"inputs\":[{\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1],\"parameters\":{\"binary_data_size\":1}}]}",
                        (byte) 1),
                "either data or a binary_data_size");
        refused(json("{\"inputs\":[{\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}"), "FP32");
        refused(json("{\"inputs\":[]}"), "inputs must hold one tensor");
        refused(json("{\"inputs\":[{\"shape\":[9000000],\"datatype\":\"INT8\",\"data\":[1]}]}"), "9000000");
        for (String header : new String[] {"-1", "x", "4", "99999999999999999999", ""}) {
            assertThatThrownBy(() -> InferenceBody.read(MAPPER, header, new byte[3]))
                    .as(header)
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining("Inference-Header-Content-Length");
        }
        assertThatThrownBy(() -> json("{broken"))
                .isInstanceOfSatisfying(
                        WebApplicationException.class,
                        refused -> assertThat(refused.getResponse().getStatus()).isEqualTo(400));
        assertThatThrownBy(() -> with(BINARY.formatted(1, ""), (byte) 1).requireNoInput())
                .isInstanceOf(Refusal.class);
    }

    @Test
    void aTensorThatIsNullIsRefusedByItsPlace() {
        for (String list : new String[] {"inputs", "outputs"}) {
            assertThatThrownBy(() -> json("{\"%s\":[{},null]}".formatted(list)))
                    .isInstanceOf(Refusal.class)
                    .hasMessage(list + "[1] must not be null");
        }
        refused(json("null"), "inputs must hold one tensor");
    }

    @Test
    void anOutputIsBytesWhereItOrAllAreAskedForSo() {
        assertThat(asks("")).isFalse();
        assertThat(asks(",\"parameters\":{\"binary_data_output\":true}")).isTrue();
        assertThat(asks(",\"outputs\":[{\"name\":\"o\",\"parameters\":{\"binary_data\":true}}]"))
                .isTrue();
        assertThat(asks(",\"outputs\":[{\"name\":\"o\",\"parameters\":{\"binary_data\":false}}],"
                        + "\"parameters\":{\"binary_data_output\":true}"))
                .isFalse();
        assertThat(asks(",\"outputs\":[{\"name\":\"o\"}],\"parameters\":{\"binary_data_output\":true}"))
                .isTrue();
    }

    private static boolean asks(String more) {
        return with(BINARY.formatted(3, more), new byte[3]).wantsBytes();
    }

    /** Whatever is in the body and the header: an input, or a refusal. */
    @Test
    void anyBytesGiveAnInputOrARefusal() {
        byte[] good = joined(BINARY.formatted(3, "").getBytes(StandardCharsets.UTF_8), new byte[3]);
        SeededCases.forEach(1, 2000, (random, _) -> {
            byte[] body = random.nextBoolean() ? good.clone() : new byte[random.nextInt(40)];
            for (int change = random.nextInt(4); change > 0 && body.length > 0; change--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            @Nullable
            String header = random.nextInt(4) == 0 ? null : Integer.toString(random.nextInt(-1, body.length + 2));
            try {
                assertThat(InferenceBody.read(MAPPER, header, body).input(false))
                        .isNotNull();
            } catch (Refusal | WebApplicationException refused) {
                assertThat(refused).hasMessageNotContaining("Exception");
            }
        });
    }
}
