package io.fleetwright.controller.audit;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/** Every action that an entry of the audit log may name; whoever asks to hear of another one would never hear anything. */
public final class AuditActions {
    private static final Set<String> ALL = names(
            "calibration-set: put",
            "device: drifted failing",
            "enrolment-token: created revoked",
            "evaluation-set: put",
            "group: set deleted",
            "job: submitted cancelled",
            "model: created unloaded",
            "node: enrolled labelled revoked deleted",
            "rollout: created scheduled needs-approval running paused rolling-back succeeded failed rolled-back aborted",
            "rollout: approved resumed retried",
            "rule: broken",
            "setup-token: created",
            "source: put",
            "stream: created stopped",
            "tensors: refused",
            "token: created revoked exchanged signed-in",
            "trust: rotated",
            "variant: put derived cut",
            "version: created evaluated approved retired deleted",
            "webhook: created deleted",
            "work: withdrawn",
            "refused");

    private AuditActions() {}

    private static Set<String> names(String... families) {
        Set<String> names = new TreeSet<>();
        for (String family : families) {
            int colon = family.indexOf(": ");
            if (colon < 0) {
                names.add(family);
            } else {
                Arrays.stream(family.substring(colon + 2).split(" ", -1))
                        .forEach(action -> names.add(family.substring(0, colon) + "." + action));
            }
        }
        return names;
    }

    /** True for {@code *}, for a family such as {@code rollout.*}, and for an action such as {@code node.revoked}. */
    public static boolean isKnown(String event) {
        if (event.equals("*") || ALL.contains(event)) {
            return true;
        }
        return event.endsWith(".*")
                && ALL.stream().anyMatch(action -> action.startsWith(event.substring(0, event.length() - 1)));
    }

    /** For a person: the families, and what belongs to none. */
    public static Set<String> families() {
        Set<String> families = new TreeSet<>();
        for (String action : ALL) {
            int dot = action.indexOf('.');
            families.add(dot < 0 ? action : action.substring(0, dot) + ".*");
        }
        return families;
    }
}
