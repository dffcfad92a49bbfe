package io.fleetwright.trust.set;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Well signed bytes that are no document: each is refused with its place, since keys can be stolen and signers can err. */
class MalformedDocumentTest {
    private static final String NUMBER = "must be a number of 1 to 999999999999";

    private final Releases releases = new Releases(5);
    private final String root = Documents.text(releases.root(2).encode());
    private final String timestamp =
            Documents.text(new Timestamp(1, Releases.START, Reference.to(1, Releases.bytes("snapshot"))).encode());

    private final List<DynamicTest> tests = new ArrayList<>();

    @TestFactory
    Stream<DynamicTest> roots() {
        String key =
                root.lines().filter(line -> line.startsWith("key ")).findFirst().orElseThrow();
        root("empty", text -> "\n", Threat.MALFORMED, "line 1");
        root("another thing", text -> "hello\n", Threat.MALFORMED, "line 1: not a fleetwright-root");
        root("another kind", text -> timestamp, Threat.WRONG_KIND, "line 1: not a root");
        root("another format", text -> text.replace("root 1\n", "root 2\n"), Threat.UNSUPPORTED_FORMAT, "line 1");
        root("CRLF", text -> text.replace("version 2\n", "version 2\r\n"), Threat.MALFORMED, "line 2: byte 13");
        root("NUL", text -> text.replace("version 2", "version 2\0"), Threat.MALFORMED, "line 2: byte 0");
        root("non-ASCII", text -> text.replace("role root", "role r\u00f6\u00f6t"), Threat.MALFORMED, "byte 246");
        root("tab", text -> text.replace("version 2", "version\t2"), Threat.MALFORMED, "line 2: byte 9");
        root("two spaces", text -> text.replace("version 2", "version  2"), Threat.MALFORMED, "line 2: one word");
        root("space at the end", text -> text.replace("version 2", "version 2 "), Threat.MALFORMED, "line 2");
        root(
                "leading zero",
                text -> text.replace("version 2", "version 02"),
                Threat.MALFORMED,
                "line 2: not in its one form");
        root(
                "plus sign",
                text -> text.replace("version 2", "version +2"),
                Threat.MALFORMED,
                "line 2: not in its one form");
        root("zero", text -> text.replace("version 2", "version 0"), Threat.MALFORMED, "line 2: version " + NUMBER);
        root(
                "negative",
                text -> text.replace("version 2", "version -2"),
                Threat.MALFORMED,
                "line 2: version " + NUMBER);
        root(
                "fraction",
                text -> text.replace("version 2", "version 2.0"),
                Threat.MALFORMED,
                "line 2: version " + NUMBER);
        root("too great", text -> text.replace("version 2", "version 1000000000000"), Threat.MALFORMED, NUMBER);
        root("overflow", text -> text.replace("version 2", "version 99999999999999999999"), Threat.MALFORMED, NUMBER);
        root("missing line", text -> text.replace("version 2\n", ""), Threat.MALFORMED, "line 2: expected 'version'");
        root(
                "line twice",
                text -> text.replace("version 2\n", "version 2\nversion 2\n"),
                Threat.MALFORMED,
                "line 3: expected 'issued'");
        root(
                "blank line",
                text -> text.replace("version 2\n", "version 2\n\n"),
                Threat.MALFORMED,
                "line 3: expected 'issued'");
        root("line at the end", text -> text + "role more 1 x\n", Threat.MALFORMED, "nothing may follow");
        root("blank line at the end", text -> text + "\n", Threat.MALFORMED, "nothing may follow");
        root("key twice", text -> text.replace(key, key + "\n" + key), Threat.MALFORMED, "not in its one form");
        root(
                "keys out of order",
                MalformedDocumentTest::swapFirstKeys,
                Threat.MALFORMED,
                "line 5: not in its one form");
        root("short key", text -> text.replace(key, "key 00"), Threat.MALFORMED, "line 5: key must be 64");
        root(
                "upper case key",
                text -> text.replace(key, "key " + key.substring(4).toUpperCase(Locale.ROOT)),
                Threat.MALFORMED,
                "line 5: key must be 64");
        root("33 keys", text -> text.replace(key, keys(33)), Threat.MALFORMED, "keys (");
        root(
                "many words",
                text -> text.replace("role root 2", "role root 2" + " x".repeat(100)),
                Threat.MALFORMED,
                "words after 'role'");
        root(
                "threshold above its keys",
                text -> text.replace("role root 2", "role root 4"),
                Threat.MALFORMED,
                "threshold (4)");
        root(
                "threshold beyond int",
                text -> text.replace("role root 2", "role root 99999999999"),
                Threat.MALFORMED,
                "threshold (2147483647)");
        root(
                "unknown key in a role",
                text -> text.replace("role root 2", "role root 2 " + "0".repeat(32)),
                Threat.MALFORMED,
                "role root must be there, with keys of this root");
        root(
                "role twice",
                text -> text.replace("role targets", "role root"),
                Threat.MALFORMED,
                "expected role targets");
        root(
                "huge line",
                text -> text.replace("version 2", "version " + "9".repeat(9000)),
                Threat.ENDLESS_DATA,
                "at most 8192");
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> snapshotsAndTargets() {
        String digest = " 1 1 sha256:" + "0".repeat(64) + "\n";
        String head = "fleetwright-snapshot 1\nversion 1\nexpires 1900000000\n";
        document(
                "line twice",
                head + "line a" + digest + "line a" + digest,
                Snapshot::decode,
                "line 5: not in its one form");
        document(
                "lines out of order",
                head + "line b" + digest + "line a" + digest,
                Snapshot::decode,
                "line 4: not in its one form");
        document("line without digest", head + "line a 1 1\n", Snapshot::decode, "line 4: 3 words after 'line'");
        document(
                "line with more",
                head + "line a" + digest.replace("\n", " x\n"),
                Snapshot::decode,
                "line 4: a reference has");
        document("no digest", head + "line a 1 1 md5:0\n", Snapshot::decode, "line 4: digest (md5:0)");
        document("wrong name", head + "line ../a" + digest, Snapshot::decode, "line (../a) must be a name");
        document(
                "65 lines",
                head + numbered(65, "line l%03d" + digest),
                Snapshot::decode,
                "lines (65) must be at most 64");
        String targets = "fleetwright-targets 1\nline a\nversion 1\nexpires 1900000000\ndowngrade-to 1\n";
        String artifact = "artifact 1 sha256:" + "0".repeat(64) + " 1 tflite 1.0.0 int8 -";
        document("fact without value", targets + artifact + " bits\n", Targets::decode, "line 6: fact bits must match");
        document("fact twice", targets + artifact + " a=1 a=1\n", Targets::decode, "line 6: not in its one form");
        document(
                "facts out of order",
                targets + artifact + " b=1 a=1\n",
                Targets::decode,
                "line 6: not in its one form");
        document(
                "17 facts",
                targets + artifact + numbered(17, " f%02d=1") + "\n",
                Targets::decode,
                "line 6: facts (17) must be at most 16");
        document(
                "digest twice",
                targets + artifact + "\n" + artifact.replace("artifact 1", "artifact 2") + "\n",
                Targets::decode,
                "line 7: line a has a digest twice");
        document(
                "artifact out of order",
                targets + artifact.replace("artifact 1", "artifact 2") + "\n" + artifact.replace('0', '1') + "\n",
                Targets::decode,
                "line 6: not in its one form");
        document("wrong golden", targets + artifact.replace(" -", " +") + "\n", Targets::decode, "line 6: digest (+)");
        document(
                "empty kind",
                targets + artifact.replace("tflite", "") + "\n",
                Targets::decode,
                "line 6: '' must be a name");
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> signatures() {
        String line = "signature " + "0".repeat(32) + " " + "0".repeat(128) + "\n";
        signature("none", "", Threat.MALFORMED, "the last line must be a signature");
        signature("no end of line", line.strip(), Threat.MALFORMED, "end in a line feed");
        signature("bytes after them", line + "more", Threat.MALFORMED, "end in a line feed");
        signature("a line after them", line + "more\n", Threat.MALFORMED, "line 6: not one of at most 16");
        signature("a blank line after them", line + "\n", Threat.MALFORMED, "line 6: not one of at most 16");
        signature("CRLF", line.replace("\n", "\r\n"), Threat.MALFORMED, "line 5: not one of at most 16");
        signature("upper case", line.replace(" 0000", " 00AA"), Threat.MALFORMED, "line 5");
        signature("short", line.replace("00\n", "\n"), Threat.MALFORMED, "line 5");
        signature(
                "out of order",
                line.replace(" 00", " 11") + line,
                Threat.MALFORMED,
                "line 6: signatures are not in order");
        signature("twice", line + line, Threat.DUPLICATE_SIGNATURE, "line 6: key " + "0".repeat(32) + " signs twice");
        signature(
                "17",
                numbered(17, "signature %032d " + "0".repeat(128) + "\n"),
                Threat.MALFORMED,
                "line 21: not one of at most 16");
        signature(
                "thousands",
                numbered(40, "signature %032d " + "0".repeat(128) + "\n"),
                Threat.ENDLESS_DATA,
                "at most 6848");
        return tests.stream();
    }

    private void root(String name, UnaryOperator<String> edit, Threat threat, String place) {
        tests.add(DynamicTest.dynamicTest(name, () -> {
            assertThat(edit.apply(root)).isNotEqualTo(root);
            byte[] signed = SignedDocument.sign(Documents.bytes(edit.apply(root)), releases.keys(Role.ROOT));
            refuses(verifier -> verifier.root(signed), threat, place);
        }));
    }

    private void signature(String name, String lines, Threat threat, String place) {
        tests.add(DynamicTest.dynamicTest(
                name,
                () -> refuses(verifier -> verifier.timestamp(Documents.bytes(timestamp + lines)), threat, place)));
    }

    private void refuses(Node.Call call, Threat threat, String place) {
        var verdict =
                (SetVerdict.Rejected) Node.enrolled(releases.signedRoot(1)).run(call);
        assertThat(verdict.threat()).as("%s", verdict).isEqualTo(threat);
        assertThat(verdict.detail()).contains(place);
    }

    private void document(String name, String text, Decoder decoder, String place) {
        tests.add(DynamicTest.dynamicTest(name, () -> {
            try {
                decoder.decode(Documents.bytes(text));
                throw new AssertionError("accepted");
            } catch (RejectedException rejected) {
                assertThat(rejected.verdict().threat()).isEqualTo(Threat.MALFORMED);
                assertThat(rejected.verdict().detail()).contains(place);
            }
        }));
    }

    private interface Decoder {
        Object decode(byte[] payload) throws RejectedException;
    }

    private static String numbered(int count, String form) {
        return IntStream.range(0, count).mapToObj(form::formatted).collect(Collectors.joining());
    }

    private static String keys(int count) {
        return numbered(count, "key %064d\n").strip();
    }

    private static String swapFirstKeys(String text) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        Collections.swap(lines, 4, 5);
        return String.join("\n", lines) + "\n";
    }
}
