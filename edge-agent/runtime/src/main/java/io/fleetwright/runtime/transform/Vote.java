package io.fleetwright.runtime.transform;

import java.util.Arrays;
import java.util.List;

/**
 * The class that most inputs name, place by place, the lowest of those named equally often: at least one input, all of one type and
 * shape, which the output has too.
 */
public record Vote() implements Transform {
    @Override
    public String name() {
        return "vote";
    }

    @Override
    public Form output(List<Form> inputs) throws TransformException {
        if (inputs.isEmpty()) {
            throw refused("takes at least one input");
        }
        Form first = inputs.getFirst();
        for (Form input : inputs) {
            if (!input.equals(first)) {
                throw refused("takes inputs of one form, not %s and %s".formatted(first, input));
            }
        }
        if ((long) first.elements() * inputs.size() > STEPS_MAX) {
            throw refused("%d inputs of %s are more than %d values".formatted(inputs.size(), first, STEPS_MAX));
        }
        return first;
    }

    @Override
    public byte[] compute(List<Form> forms, List<byte[]> values) {
        Form form = forms.getFirst();
        byte[] out = new byte[form.bytes()];
        int[] named = new int[values.size()];
        for (int i = 0; i < form.elements(); i++) {
            for (int k = 0; k < named.length; k++) {
                named[k] = Elements.get(form.type(), values.get(k), i);
            }
            Elements.put(form.type(), out, i, winner(named));
        }
        return out;
    }

    /** Sorts the votes, so that equal ones stand together and the lowest class comes first. */
    private static int winner(int[] votes) {
        Arrays.sort(votes);
        int best = votes[0];
        int most = 0;
        int run = 0;
        for (int k = 0; k < votes.length; k++) {
            run = k > 0 && votes[k] == votes[k - 1] ? run + 1 : 1;
            if (run > most) {
                most = run;
                best = votes[k];
            }
        }
        return best;
    }
}
