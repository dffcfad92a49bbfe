package io.fleetwright.scheduler.gantt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fleetwright.testkit.SeededCases;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

/** What is escaped comes back from the JDK's parser, as content and as an attribute. */
class XmlTest {
    private static final int BLOCK = 0x800;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``             | ``
            a              | a
            &              | &amp;
            &amp;          | &amp;amp;
            <              | &lt;
            >              | &gt;
            ]]>            | ]]&gt;
            "              | &quot;
            '              | '
            a\tb           | a&#9;b
            <a b="c&d"/>   | &lt;a b=&quot;c&amp;d&quot;/&gt;
            <!-- -->       | &lt;!-- --&gt;
            é漢🚀          | é漢🚀
            \u007f         | \u007f
            \ud7ff         | \ud7ff
            \ue000         | \ue000
            \ufffd         | \ufffd
            \ufffe\uffff   | \ufffd\ufffd
            """)
    void aTextIsEscaped(String text, String escaped) {
        assertThat(Xml.escape(text)).isEqualTo(escaped);
    }

    @Test
    void whatControlsATerminalIsReplaced() {
        assertThat(Xml.escape("\u0000a\u0001\b\u000b\f\u001f")).isEqualTo("\ufffda\ufffd\ufffd\ufffd\ufffd\ufffd");
        assertThat(Xml.escape("\u0085")).isEqualTo("\u0085");
    }

    @Test
    void spacesThatAParserWouldChangeAreWrittenByNumber() {
        assertThat(Xml.escape("\n\r\t ")).isEqualTo("&#10;&#13;&#9; ");
    }

    @Test
    void aHalfOfACharacterIsReplaced() {
        assertThat(Xml.escape("\ud83d")).isEqualTo("\ufffd");
        assertThat(Xml.escape("\ude80\ud83d")).isEqualTo("\ufffd\ufffd");
        assertThat(Xml.escape("a\ud83db\ude80c")).isEqualTo("a\ufffdb\ufffdc");
    }

    /** All 1,112,064 characters, a block at a time. */
    @Test
    void everyCharacterThatXmlHasComesBackAndEveryOtherIsReplaced() throws Exception {
        for (int first = 0; first <= Character.MAX_CODE_POINT; first += BLOCK) {
            StringBuilder text = new StringBuilder();
            StringBuilder expected = new StringBuilder();
            for (int point = first; point < first + BLOCK; point++) {
                text.appendCodePoint(point).append('.');
                expected.appendCodePoint(inXml(point) ? point : 0xfffd).append('.');
            }
            if (first == 0 || first >= 0xd000 && first < 0x11000 || first % 0x8000 == 0) {
                assertComesBack(text.toString(), expected.toString());
            }
        }
    }

    /** XML 1.0, fifth edition, production 2. */
    private static boolean inXml(int point) {
        return point == 0x9
                || point == 0xa
                || point == 0xd
                || point >= 0x20 && point <= 0xd7ff
                || point >= 0xe000 && point <= 0xfffd
                || point >= 0x10000;
    }

    private static void assertComesBack(String text, String expected) throws Exception {
        String document = "<a b=\"%s\">%s</a>".formatted(Xml.escape(text), Xml.escape(text));
        Element element = DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(document.getBytes(StandardCharsets.UTF_8)))
                .getDocumentElement();
        assertThat(element.getTextContent()).isEqualTo(expected);
        assertThat(element.getAttribute("b")).isEqualTo(expected);
    }

    @Test
    void textsOfMarkupComeBackAsTheyWere() {
        String[] pieces = {
            "<", ">", "&", "\"", "'", "&lt;", "<!--", "-->", "<![CDATA[", "]]>", "<?x?>", "\n", "\t", " ", "é"
        };
        SeededCases.forEach(1, 120, (random, _) -> {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            assertComesBack(text.toString(), text.toString());
        });
    }

    /** Escaping is piece by piece: a text is its parts, one after the other. */
    @Test
    void theFormOfTwoTextsIsTheirFormsTogether() {
        SeededCases.forEach(1, 120, (random, _) -> {
            String one = Character.toString(random.nextInt(0xd800)) + "&" + random.nextInt(10);
            String other = "<" + Character.toString(random.nextInt(0x10000, 0x110000));
            assertThat(Xml.escape(one + other)).isEqualTo(Xml.escape(one) + Xml.escape(other));
        });
    }
}
