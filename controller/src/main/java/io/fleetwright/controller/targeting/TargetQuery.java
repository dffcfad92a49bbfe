package io.fleetwright.controller.targeting;

import cz.jirutka.rsql.parser.RSQLParser;
import cz.jirutka.rsql.parser.RSQLParserException;
import cz.jirutka.rsql.parser.ast.AndNode;
import cz.jirutka.rsql.parser.ast.ComparisonNode;
import cz.jirutka.rsql.parser.ast.LogicalNode;
import cz.jirutka.rsql.parser.ast.Node;
import io.fleetwright.controller.core.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A query in RSQL over nodes or devices: {@code class==cpu;label.site=in=(north,south),status!=online}, where {@code ;} is
 * "and", {@code ,} is "or" and binds less. {@code *} stands for any characters in what {@code ==} and {@code !=} compare
 * with. A field of several values fits when any of them does; {@code !=} and {@code =out=} when none does, also where
 * there is no value. {@code group==edge} means what the group's own query means.
 */
public final class TargetQuery {
    /** Characters of a query. */
    public static final int CHARS_MAX = 2000;

    private static final int COMPARISONS_MAX = 100;
    private static final int DEPTH_MAX = 30;
    private static final int GROUPS_DEEP_MAX = 8;
    private static final String LABEL = "label.";
    private static final String GROUP = "group";
    /** The parser tells places in its messages alone. */
    private static final Pattern COLUMN = Pattern.compile("column (\\d+)");

    private static final TargetQuery ALL = new TargetQuery("", _ -> true, EnumSet.noneOf(Field.class));

    private final String text;
    private final Predicate<Facts> predicate;
    private final Set<Field> fields;

    private TargetQuery(String text, Predicate<Facts> predicate, Set<Field> fields) {
        this.text = text;
        this.predicate = predicate;
        this.fields = fields;
    }

    /** Everything. */
    public static TargetQuery all() {
        return ALL;
    }

    /**
     * Reads a query.
     *
     * @param text absent or blank means everything
     * @param groups query of a group by its name
     * @throws Refusal that names the column, when the text is no query, asks for what nobody knows, or groups contain
     *     each other
     */
    public static TargetQuery parse(@Nullable String text, Function<String, Optional<String>> groups) {
        return text == null || text.isBlank() ? ALL : new Compiler(groups).compile(text);
    }

    boolean test(Facts facts) {
        return predicate.test(facts);
    }

    boolean asksOfSlots() {
        return fields.stream().anyMatch(Field::isOfSlots);
    }

    /** As it was given. */
    public String text() {
        return text;
    }

    /** Turns texts into predicates; knows which groups it is inside of. */
    private static final class Compiler {
        private final Function<String, Optional<String>> groups;
        private final Deque<String> inside = new ArrayDeque<>();
        private final Set<Field> fields = EnumSet.noneOf(Field.class);
        private int comparisons;

        Compiler(Function<String, Optional<String>> groups) {
            this.groups = groups;
        }

        TargetQuery compile(String text) {
            return new TargetQuery(text, predicate(text), fields);
        }

        private Predicate<Facts> predicate(String text) {
            if (text.length() > CHARS_MAX) {
                throw Refusal.invalid("q of %d characters, at most %d".formatted(text.length(), CHARS_MAX));
            }
            checkDepth(text);
            try {
                return of(text, new RSQLParser().parse(text));
            } catch (RSQLParserException malformed) {
                String why = String.valueOf(malformed.getMessage());
                Matcher place = COLUMN.matcher(why);
                int column = place.find() ? Integer.parseInt(place.group(1)) : text.length() + 1;
                if (why.contains("<EOF>") || column > text.length()) {
                    throw wrong(text.length() + 1, "it ends too early; a comparison is like class==cpu");
                }
                throw wrong(column, "(%s) cannot stand here".formatted(clip(text.substring(column - 1))));
            }
        }

        /** The parser calls itself for each parenthesis. */
        private void checkDepth(String text) {
            int depth = 0;
            for (int i = 0; i < text.length(); i++) {
                depth += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
                if (depth > DEPTH_MAX) {
                    throw wrong(i + 1, "parentheses are more than %d deep".formatted(DEPTH_MAX));
                }
            }
        }

        private Predicate<Facts> of(String text, Node node) {
            if (node instanceof LogicalNode logical) {
                List<Predicate<Facts>> parts = new ArrayList<>();
                logical.forEach(child -> parts.add(of(text, child)));
                return logical instanceof AndNode
                        ? facts -> parts.stream().allMatch(part -> part.test(facts))
                        : facts -> parts.stream().anyMatch(part -> part.test(facts));
            }
            return comparison(text, (ComparisonNode) node);
        }

        private Predicate<Facts> comparison(String text, ComparisonNode node) {
            if (++comparisons > COMPARISONS_MAX) {
                throw wrong(at(text, node.getSelector()), "more than %d comparisons".formatted(COMPARISONS_MAX));
            }
            String selector = node.getSelector();
            Relation relation = Relation.of(node.getOperator().getSymbol())
                    .orElseThrow(
                            () -> wrong(at(text, selector), "operator %s is unknown".formatted(node.getOperator())));
            if (selector.equals(GROUP)) {
                return group(text, relation, node.getArguments());
            }
            if (selector.startsWith(LABEL)) {
                String label = selector.substring(LABEL.length());
                Predicate<List<String>> holds = comparing(text, selector, relation, Field.Kind.TEXT, node);
                return facts -> holds.test(
                        facts.labels().containsKey(label)
                                ? List.of(facts.labels().getOrDefault(label, ""))
                                : List.of());
            }
            Field field = Field.of(selector)
                    .orElseThrow(() -> wrong(
                            at(text, selector),
                            "(%s) must be %s, group or label.NAME".formatted(clip(selector), Field.words())));
            fields.add(field);
            Predicate<List<String>> holds = comparing(text, selector, relation, field.kind(), node);
            return facts -> holds.test(facts.of(field));
        }

        private static Predicate<List<String>> comparing(
                String text, String selector, Relation relation, Field.Kind kind, ComparisonNode node) {
            try {
                return relation.with(kind, node.getArguments());
            } catch (IllegalArgumentException unfit) {
                throw wrong(at(text, selector), "%s: %s".formatted(clip(selector), unfit.getMessage()));
            }
        }

        private Predicate<Facts> group(String text, Relation relation, List<String> names) {
            if (relation.orders()) {
                throw wrong(at(text, GROUP), "groups have no order");
            }
            List<Predicate<Facts>> members =
                    names.stream().map(name -> members(text, name)).toList();
            Predicate<Facts> any = facts -> members.stream().anyMatch(member -> member.test(facts));
            return relation.negates() ? any.negate() : any;
        }

        private Predicate<Facts> members(String text, String name) {
            if (inside.contains(name)) {
                throw wrong(at(text, GROUP), "group %s contains itself".formatted(clip(name)));
            }
            if (inside.size() >= GROUPS_DEEP_MAX) {
                throw wrong(at(text, GROUP), "groups are more than %d deep".formatted(GROUPS_DEEP_MAX));
            }
            String query =
                    groups.apply(name).orElseThrow(() -> wrong(at(text, name), "there is no group " + clip(name)));
            inside.push(name);
            Predicate<Facts> members = predicate(query);
            inside.pop();
            return members;
        }

        /** Where a word of the query stands first, from 1. */
        private static int at(String text, String word) {
            return Math.max(0, text.indexOf(word)) + 1;
        }

        private static Refusal wrong(int column, String why) {
            return Refusal.invalid("q, column %d: %s".formatted(column, why));
        }

        private static String clip(String text) {
            return text.length() <= 60 ? text : text.substring(0, 60) + "...";
        }
    }
}
