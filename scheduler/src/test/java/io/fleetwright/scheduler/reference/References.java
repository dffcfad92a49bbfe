package io.fleetwright.scheduler.reference;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The references by the names of the algorithms they restate. */
final class References {
    private References() {}

    static Reference named(String name) {
        return Optional.ofNullable(byName().get(name)).orElseThrow();
    }

    /** All that need no budget: {@code random} is no rule, and the others search. */
    static Map<String, Reference> byName() {
        Map<String, Reference> all = new LinkedHashMap<>();
        all.put("heft", ListReferences::heft);
        all.put("cpop", ListReferences::cpop);
        all.put("peft", ListReferences::peft);
        all.put("lookahead", ListReferences::lookahead);
        all.put("dls", ReadyReferences::dynamicLevel);
        all.put("minmin", ReadyReferences::minMin);
        all.put("maxmin", ReadyReferences::maxMin);
        all.put("sufferage", ReadyReferences::sufferage);
        all.put("met", ArrivalReferences::minimumExecution);
        all.put("mct", ArrivalReferences::minimumCompletion);
        all.put("etf-start", ReadyReferences::earliestStart);
        all.put("etf-finish", ReadyReferences::earliestFinish);
        all.put("olb", ArrivalReferences::firstFree);
        all.put("stf", ReadyReferences::shortestTask);
        all.put("fastest-node", ArrivalReferences::fastestNode);
        all.put("fcp", ListReferences::fcp);
        all.put("flb", ReadyReferences::loadBalancing);
        all.put("hld", DuplicationReference::schedule);
        return all;
    }
}
