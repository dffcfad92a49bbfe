package io.fleetwright.scheduler.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fleetwright.scheduler.heft.Heft;
import io.fleetwright.scheduler.plan.Problem;
import io.fleetwright.scheduler.plan.ScheduleChecker;
import io.fleetwright.scheduler.policy.EarliestFinish;
import io.fleetwright.scheduler.sim.InvalidWorkloadException;
import io.fleetwright.scheduler.sim.Workload;
import io.fleetwright.testkit.SeededCases;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Damaged documents of every format: each ends in the declared exception, with an offset in the document, or in a value
 * that can be used.
 */
@Timeout(120)
class HostileInputTest {
    /** Texts that readers have stumbled over, for any place in a document. */
    private static final List<String> TOKENS = List.of(
            "1e308",
            "-1e308",
            "1e-320",
            "-0",
            "0",
            "-1",
            "1.5",
            "2147483648",
            "99999999999999999999",
            "1e19",
            "NaN",
            "null",
            "true",
            "[]",
            "{}",
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            ",",
            ":",
            "]",
            "}",
            "\n",
            "[[",
            "{\"a\":");

    /** One sample of each format. */
    enum Format {
        PLATFORM("""
                {"bandwidth": 100, "latency": 0.5, "devices": [
                  {"id": "pi", "count": 2, "speed": 0.5, "memoryBytes": 999, "zone": "field"},
                  {"id": "server", "speed": 2, "readyTime": 3}],
                 "links": [{"from": "field", "to": "", "bandwidth": 10}]}""") {
            @Override
            Object read(byte[] bytes) throws MalformedWorkloadException {
                return PlatformFile.read(bytes).platform().links().transferTimeMean(1);
            }
        },
        CANONICAL("""
                {"name": "x", "tasks": 2, "pes": 3, "exec": [[1, 2, null], [0, 0.5, 3]], "edges": [[0, 1, 7]]}""") {
            @Override
            Object read(byte[] bytes) throws Exception {
                Problem problem = CanonicalWorkload.read(bytes).problem();
                return ScheduleChecker.check(problem, new Heft().schedule(problem));
            }
        },
        WORKFLOW("""
                {"name": "two", "schemaVersion": "1.5", "workflow": {"specification": {
                  "tasks": [{"id": "b", "parents": ["a"], "inputFiles": ["x"], "outputFiles": []},
                            {"id": "a", "children": ["b"], "outputFiles": ["x"]}],
                  "files": [{"id": "x", "sizeInBytes": 300}]},
                  "execution": {"tasks": [{"id": "a", "runtimeInSeconds": 6, "memoryInBytes": 10},
                                          {"id": "b", "runtimeInSeconds": 3.5}]}}}""") {
            @Override
            Object read(byte[] bytes) throws MalformedWorkloadException {
                return Workflow.read(bytes).graph().topologicalTask(0);
            }
        },
        DS3_JOB("""
                {"name": "app", "tasks": [{"id": 0, "name": "a", "pred": []}, {"id": 1, "name": "b", "pred": [0]}],
                 "edges": [[0, 1, 25]]}""") {
            @Override
            Object read(byte[] bytes) throws MalformedWorkloadException {
                return Ds3Job.read(bytes).graph().topologicalTask(0);
            }
        },
        DS3_SOC("""
                {"clusters": [{"cluster": 0, "type": "LTL", "name": "A7", "pe_ids": [0, 1], "capacity": 2,
                  "opp": [{"mhz": 600, "mv": 900}, {"mhz": 1200, "mv": 1100}],
                  "power_w": {"1200": [0.5, 0.8]}, "exec_us": {"a": 4, "b": 6}}],
                 "comm_band_self": 100, "comm_band": [[0, 0, 10]]}""") {
            @Override
            Object read(byte[] bytes) throws MalformedWorkloadException {
                var application = Ds3Job.read(bytes(DS3_JOB.sample));
                try {
                    return new Workload(Ds3Soc.read(bytes), List.of(application), Workload.Transfers.EXACT)
                            .deviceCount();
                } catch (InvalidWorkloadException notForThisJob) {
                    return notForThisJob;
                }
            }
        },
        ARRIVALS("job,arrival_us,app\n0,0,app\n1,7,app\n2,7.5,other\n") {
            @Override
            Object read(byte[] bytes) throws MalformedWorkloadException {
                return ArrivalCsv.read(bytes).arrivals();
            }
        },
        SNAPSHOT("""
                {"devices": [{"device": "cpu", "readyTime": 4}, {"device": "mcu", "readyTime": 0}], "requests": [
                  {"task": "t", "releaseTime": 2.5, "deadline": 90, "options": {
                    "cpu": {"executionP90": 20, "inputTransfer": 0.25, "energy": 3},
                    "mcu": {"excluded": "out-of-memory", "detail": "needs 300 KB"}}}]}""") {
            @Override
            Object read(byte[] bytes) throws MalformedWorkloadException {
                var snapshot = SnapshotJson.read(bytes);
                try {
                    return snapshot.replay(new EarliestFinish());
                } catch (IllegalArgumentException aDeviceIsListedTwice) {
                    return aDeviceIsListedTwice;
                }
            }
        },
        JSON("""
                {"a": [1, -2.5e3, true, false, null, "\\u00e9\\n\\"\\\\"], "b": {"c": {}, "d": []}}""") {
            @Override
            Object read(byte[] bytes) throws MalformedWorkloadException {
                return JsonReader.read(bytes);
            }
        };

        private final String sample;

        Format(String sample) {
            this.sample = sample;
        }

        /** What comes of the document, used as far as one can without another one. */
        abstract Object read(byte[] bytes) throws Exception;

        byte[] valid() {
            return bytes(sample);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSampleItselfIsRead(Format format) throws Exception {
        assertThat(format.read(format.valid())).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedDocumentEndsInAValueOrInTheDeclaredException(Format format) {
        var refused = new AtomicInteger();
        SeededCases.forEach(1, 1000, (random, _) -> {
            byte[] damaged = format.valid();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                damaged = damaged(damaged, random);
            }
            try {
                assertThat(format.read(damaged)).isNotNull();
            } catch (MalformedWorkloadException expected) {
                assertThat(expected.offset()).isBetween(0, damaged.length);
                assertThat(expected.getMessage()).startsWith("at byte " + expected.offset() + ": ");
                refused.incrementAndGet();
            }
        });
        assertThat(refused.get()).isBetween(400, 999);
    }

    private static byte[] damaged(byte[] bytes, SplittableRandom random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        int length = Math.min(bytes.length - at, random.nextInt(1, 12));
        return switch (random.nextInt(6)) {
            case 0 -> {
                byte[] flipped = bytes.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
                yield flipped;
            }
            case 1 -> joined(bytes, at, at + length, new byte[0]);
            case 2 -> joined(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
            case 3 -> joined(bytes, at, at + random.nextInt(2), bytes(TOKENS.get(random.nextInt(TOKENS.size()))));
            case 4 -> replacedNumber(bytes, at, bytes(TOKENS.get(random.nextInt(TOKENS.size()))));
            default -> random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at) : bytes;
        };
    }

    /** The first number from {@code at} on gives way to {@code token}. */
    private static byte[] replacedNumber(byte[] bytes, int at, byte[] token) {
        int from = at;
        while (from < bytes.length && !Character.isDigit(bytes[from])) {
            from++;
        }
        int until = from;
        while (until < bytes.length && (Character.isDigit(bytes[until]) || bytes[until] == '.')) {
            until++;
        }
        return joined(bytes, from, until, token);
    }

    private static byte[] joined(byte[] bytes, int from, int until, byte[] between) {
        var out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.writeBytes(between);
        out.write(bytes, Math.min(until, bytes.length), bytes.length - Math.min(until, bytes.length));
        return out.toByteArray();
    }

    /** Where a prefix of the document is no document, its end is what is wrong with it. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ARRIVALS")
    void everyPrefixIsRefusedAtItsEnd(Format format) {
        byte[] valid = format.valid();
        for (int length = 0; length < valid.length; length++) {
            byte[] prefix = Arrays.copyOf(valid, length);
            var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> format.read(prefix));
            assertThat(failure).hasMessageContaining("found the end");
            assertThat(failure.offset()).isEqualTo(length);
        }
    }

    /** What is between single quotes is between double ones in the document. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "01            | 1 | expected the end, found byte 0x31",
                "-             | 1 | expected a value or a digit, found the end",
                "+1            | 0 | expected a value or a digit, found byte 0x2b",
                ".5            | 0 | expected a value or a digit, found byte 0x2e",
                "1.            | 2 | expected a value or a digit, found the end",
                "1e            | 2 | expected a value or a digit, found the end",
                "1e+           | 3 | expected a value or a digit, found the end",
                "0x10          | 1 | expected the end, found byte 0x78",
                "-1e309        | 0 | number is out of range",
                "Infinity      | 0 | expected a value or a digit, found byte 0x49",
                "tru           | 3 | expected 'e', found the end",
                "True          | 0 | expected a value or a digit, found byte 0x54",
                "[1,]          | 3 | expected a value or a digit, found byte 0x5d",
                "[,1]          | 1 | expected a value or a digit, found byte 0x2c",
                "[1 2]         | 3 | expected ']', found byte 0x32",
                "[1            | 2 | expected ']', found the end",
                "{1: 2}        | 1 | expected a member name, found byte 0x31",
                "{'a' 1}       | 5 | expected ':', found byte 0x31",
                "{'a': 1,}     | 8 | expected a member name, found byte 0x7d",
                "{'a': 1 'b'}  | 8 | expected '}', found byte 0x22",
                "{'a':1,'a':2} | 7 | member 'a' is repeated",
                "'a' 'b'       | 4 | expected the end, found byte 0x22",
                "'\\u12'       | 5 | expected four hexadecimal digits, found byte 0x22",
                "'\\q'         | 2 | expected an escape, found byte 0x71",
                "'\\udc00'     | 0 | string has half of a surrogate pair",
                "// no         | 0 | expected a value or a digit, found byte 0x2f",
            })
    void whatIsNotJsonIsRefusedAtItsByte(String document, int offset, String reason) {
        byte[] bytes = bytes(document.replace('\'', '"'));
        var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> JsonReader.read(bytes));
        assertThat(failure).hasMessage("at byte %d: %s", offset, reason);
    }

    static Stream<Format> withObjects() {
        return Stream.of(Format.values()).filter(format -> format != Format.ARRIVALS && format != Format.JSON);
    }

    @ParameterizedTest
    @MethodSource("withObjects")
    void anotherKindOfValueThanAnObjectIsRefused(Format format) {
        for (String other : List.of("[]", "1", "\"text\"", "true", "null")) {
            var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> format.read(bytes(other)));
            assertThat(failure).hasMessageMatching("at byte 0: the .* must be an object");
        }
    }

    /** In turn each member of the document gets another name; those that may be left out are stated. */
    @ParameterizedTest
    @CsvSource({
        "PLATFORM, 'bandwidth,latency,count,memoryBytes,zone,readyTime,links'",
        "CANONICAL, ''",
        "WORKFLOW, 'schemaVersion,parents,inputFiles,outputFiles,children,memoryInBytes,files'",
        "DS3_JOB, ''",
        "DS3_SOC, 'comm_band_self,1200,a,b'",
        "SNAPSHOT, 'deadline,energy,cpu,mcu,excluded'",
    })
    void aMemberThatIsNeededIsNamedWhenItIsMissing(Format format, String optional) throws Exception {
        var member = Pattern.compile("\"([A-Za-z_0-9]+)\": ").matcher(format.sample);
        int needed = 0;
        while (member.find()) {
            String name = member.group(1);
            if (List.of(optional.split(",")).contains(name)) {
                continue;
            }
            needed++;
            String without =
                    format.sample.substring(0, member.start(1)) + "no" + format.sample.substring(member.start(1));
            var failure = catchThrowableOfType(MalformedWorkloadException.class, () -> format.read(bytes(without)));
            assertThat(failure).as(name).hasMessageContaining("'%s' is missing", name);
        }
        assertThat(needed).isGreaterThan(3);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
