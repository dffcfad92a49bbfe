package io.fleetwright.runtime.transform;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Of boxes that cover each other the best one. In: boxes {@code [n,4]} as top, left, bottom, right, and scores {@code [n]}; out: int32
 * {@code [topK]}, the places of the boxes that are kept, best first, then -1.
 *
 * <p>Boxes are taken by falling score, of equal ones the lower place first. One is dropped when its intersection with a kept one is
 * more than {@code iouPerMille} thousandths of their union. All corners have one scale, so codes compare as the numbers that they stand
 * for would. Corners saturate at 2^24; a box whose end lies before its begin covers nothing.
 *
 * @param iouPerMille 0 to 1000
 * @param topK 1 to 256
 * @param scoreMin boxes with less are not looked at
 */
public record NonMaximumSuppression(int iouPerMille, int topK, int scoreMin) implements Transform {
    private static final int BOXES_MAX = 4096;
    private static final int TOP_MAX = 256;
    private static final int CORNER_MAX = 1 << 24;
    private static final int CORNERS = 4;

    public NonMaximumSuppression {
        if (iouPerMille < 0 || iouPerMille > 1000 || topK < 1 || topK > TOP_MAX) {
            throw new IllegalArgumentException("iouPerMille (%d) must be from 0 to 1000, topK (%d) from 1 to %d"
                    .formatted(iouPerMille, topK, TOP_MAX));
        }
    }

    @Override
    public String name() {
        return "nms";
    }

    @Override
    public Form output(List<Form> inputs) throws TransformException {
        if (inputs.size() != 2) {
            throw refused("takes boxes and scores, not %d inputs".formatted(inputs.size()));
        }
        List<Integer> boxes = inputs.getFirst().shape();
        List<Integer> scores = inputs.getLast().shape();
        if (boxes.size() != 2
                || boxes.getLast() != CORNERS
                || scores.size() != 1
                || !scores.getFirst().equals(boxes.getFirst())
                || boxes.getFirst() > BOXES_MAX) {
            throw refused("takes boxes [n,4] and scores [n] with n at most %d, not %s and %s"
                    .formatted(BOXES_MAX, inputs.getFirst(), inputs.getLast()));
        }
        return Form.int32(topK);
    }

    @Override
    public byte[] compute(List<Form> forms, List<byte[]> values) {
        int count = forms.getFirst().shape().getFirst();
        long[][] boxes = new long[count][CORNERS];
        int[] scores = new int[count];
        for (int box = 0; box < count; box++) {
            for (int corner = 0; corner < CORNERS; corner++) {
                int raw = Elements.get(forms.getFirst().type(), values.getFirst(), box * CORNERS + corner);
                boxes[box][corner] = Math.clamp(raw, -CORNER_MAX, CORNER_MAX);
            }
            scores[box] = Elements.get(forms.getLast().type(), values.getLast(), box);
        }
        int[] kept = new int[topK];
        Arrays.fill(kept, -1);
        int found = 0;
        List<Integer> order = IntStream.range(0, count)
                .filter(box -> scores[box] >= scoreMin)
                .boxed()
                .sorted(Comparator.comparingInt((Integer box) -> scores[box])
                        .reversed()
                        .thenComparingInt(box -> box))
                .toList();
        for (int box : order) {
            if (found == topK) {
                break;
            }
            boolean covered = false;
            for (int k = 0; k < found && !covered; k++) {
                covered = covers(boxes[kept[k]], boxes[box]);
            }
            if (!covered) {
                kept[found++] = box;
            }
        }
        byte[] out = new byte[topK * Form.Type.INT32.bytes()];
        for (int k = 0; k < topK; k++) {
            Elements.put(Form.Type.INT32, out, k, kept[k]);
        }
        return out;
    }

    private boolean covers(long[] one, long[] other) {
        long high = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
        long wide = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
        long shared = Math.max(0, high) * Math.max(0, wide);
        long union = area(one) + area(other) - shared;
        return shared * 1000 > iouPerMille * union;
    }

    private static long area(long[] box) {
        return Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]);
    }
}
