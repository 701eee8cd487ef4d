"""How customers say it in German: whether production is affected, and whether there is a workaround."""

from __future__ import annotations

from triage.domain.evidence.rules import HINTED, MEANT, OUTRIGHT, TOLD, Place, Rule, Scope, Table

COMMON = "der das und ist nicht wir kein keine auf bei seit mit ein eine für haben sind es den dem im von zu auch nur aber sich ich wird werden noch wie oder unser unsere unserem unseren steht gibt keinen einen geht nichts mehr"

VOCABULARY = {
    "own": r"""
        unser(?:e[nmrs]?)?|der|die|das|dem|den|des|ein(?:e[nmrs]?)?|alle[nrs]?|beide[nr]?|mehrere[n]?|euer
        ihr(?:e[nmrs]?)?|diese[mnrs]?|kompletten?|gesamten?|ganzen?
    """,
    "live": r"""
        (?:(?:{own}) ){0,3}(?:produktion(?:s(?:system|umgebung|server|cluster|datenbank|instanz|mandant|betrieb|landschaft|tenant)\w*)?|produktiv(?:system|umgebung|server|cluster|datenbank|instanz|mandant|betrieb|landschaft|tenant)\w*|produktiv|produktive[nmrs]? (?:system\w*|umgebung|server\w*|cluster\w*|mandant\w*|betrieb|instanz\w*|datenbank\w*|einsatz|nutzung|[\w-]+)|prod|prd|echtbetrieb\w*|echtsystem\w*|livesystem\w*|live-?(?:system|betrieb|umgebung|server|shop)\w*|wirkbetrieb\w*|produktivsetzung|live anlage|liveanlage)
    """,
    "in_live": r"""
        (?:im|in|in der|in den|auf|auf dem|auf der|auf den|am|beim|vom|aus|aus der|aus dem|für das|gegen) {live}
        live im einsatz|im (?:täglichen )?einsatz|in betrieb
    """,
    "test": r"""
        (?:(?:{own}) ){0,3}(?:test|staging|stage|qs|qa|uat|abnahme|integrations?|entwicklungs?|dev|schulungs?|demo|sandbox|konsolidierungs?|vorproduktions?|preprod|referenz|labor|pilot|vorab|int)-?(?:system|umgebung|server|mandant|instanz|cluster|maschine|stage|betrieb|phase|landschaft|tenant|rechner|lauf|daten|zugang)\w*
        (?:im|in der|auf|auf der|in) (?:test|staging|uat|qs|qa|abnahme|entwicklung|integration|sandbox|preprod|dev|labor|schulung|konsolidierung)(?!\w)
        staging|vorproduktion|lokal(?:er|en)?|(?:auf )?(?:meinem|unserem) (?:laptop|rechner|notebook)
        proof of concept|machbarkeitsstudie|emulator|pipeline
    """,
    "people": r"""
        kunden|kundinnen|endkunden|anwender(?:innen)?|nutzer(?:innen)?|benutzer(?:innen)?|patienten
        bürger(?:innen)?|mitarbeiter(?:innen)?|fahrgäste|reisende|fahrer|gäste|besucher|schüler(?:innen)?
        studenten|studierende|versicherte|händler|lieferanten|disponenten|pflegekräfte|schwestern|ärzte
        kassierer(?:innen)?|kassen|filialen|werke?|läden|märkte|standorte|häuser|stationen|monteure|techniker
        außendienst\w*|kollegen|alle|fahrzeuge|lkw|züge
    """,
    "place": r"""
        kassen?|filialen?|werk|werke|läden|märkte|lager|hochregallager|band|linie|fertigung|versand
        station(?:en)?|krankenhaus|klinik|leitstelle|notaufnahme|callcenter|webshop|onlineshop|website|shop
        portal|montagelinie|schalter|apotheke|betrieb|anlage
    """,
    "hurt": r"""
        (?:können|kann|kommen|kommt)(?: [^ ]+){0,8}? (?:nicht|keine?n?|nichts|niemand)
        nicht(?: mehr)? (?:erreichbar|möglich|verfügbar|nutzbar|arbeiten|bezahlen|anmelden|einloggen|bestellen|buchen)
        melden(?: uns| sich)?|beschweren sich|sind (?:\w+ )?(?:betroffen|blockiert|ausgesperrt|ausgefallen)
        (?:steht|stehen|stand|standen)(?: \w+)?(?: still)?|warten|sehen|bekommen|erhalten|rufen(?: uns)? an
        geht nichts(?: mehr)?|läuft nichts(?: mehr)?|fallen aus|fällt aus|ausgefallen|offline|lahmgelegt
        verlieren|funktioniert(?: \w+){0,3} nicht|funktionieren(?: \w+){0,3} nicht|hängen|hängt|abgebrochen
    """,
    "well": r"""
        (?:läuft|laufen|ist|sind|bleibt|blieb|funktioniert|arbeitet)(?: \w+){0,3}? (?:stabil|fehlerfrei|normal|problemlos|einwandfrei|ohne probleme|ohne störung|in ordnung|ok|unbeeinträchtigt|gut|sauber|rund|wie gewohnt|weiter)
    """,
    "trouble": r"""
        auswirkung(?:en)?|problem[e]?|fehler|störung(?:en)?|einfluss|ausfall|beeinträchtigung(?:en)?|gefahr
    """,
    "wa": r"""
        workarounds?|work-arounds?|umgehung(?:slösung|smöglichkeit)?(?:en)?|behelfslösung|behelf|ausweichlösung
        ausweichmöglichkeit(?:en)?|zwischenlösung|übergangslösung|notlösung|notbehelf|alternative[n]?
        ersatzlösung|ersatzweg|ausweg|umweg|plan b|handbetrieb|notbetrieb|rückfallebene|rückfalloption
        hilfskonstrukt
    """,
    "adj": r"""
        bekannte[nrs]?|bekannt|brauchbare[nrs]?|akzeptable[nrs]?|sinnvolle[nrs]?|praktikable[nrs]?
        funktionierende[nrs]?|andere[nrs]?|weitere[nrs]?|möglich\w*|echte[nrs]?|manuelle[nrs]?|technische[nrs]?
        zumutbare[nrs]?|vertretbare[nrs]?|wirkliche[nrs]?|richtige[nrs]?|taugliche[nrs]?|dauerhafte[nrs]?
    """,
    "remedy": r"""
        neustart\w*|restart\w*|reboot\w*|rollback\w*|zurückroll\w*|zurückgerollt|downgrade\w*|zurücksetz\w*
        zurückgesetzt|neu ?gestartet|durchgestartet|neu ?installier\w*|neuinstallation|cache\w*|umschalten
        umgeschaltet|failover|wiederherstell\w*|rücksicherung|patch\w*|update\w*|löschen|gelöscht|abschalten
        abgeschaltet|deaktivier\w*|neu ?start\w*
    """,
    "no_help": r"""
        (?:hilft|half|hat|haben|bringt|brachte|brachten|führt|ändert|änderte|nützt|funktioniert|funktionierte|geht|ging|wirkt|blieb|blieben|bleibt)(?: \w+){0,4}? (?:nicht(?:s)?|nichts|auch nicht(?:s)?|erfolglos|wirkungslos|ohne (?:erfolg|wirkung|ergebnis|effekt)|vergeblich|keine?n? (?:besserung|wirkung|erfolg|effekt|abhilfe|änderung|unterschied))(?: geholfen| gebracht| geändert| mehr)?
        ohne (?:erfolg|wirkung|ergebnis|effekt|besserung)|erfolglos|vergeblich
        keine (?:besserung|abhilfe|änderung|wirkung)|keinen (?:erfolg|effekt|unterschied)
        (?:ist |sind )?(?:nicht|un)(?: ?mehr)? ?möglich|unmöglich|schlug fehl|schlägt fehl|schlugen fehl
        fehlgeschlagen|scheitert\w*|gescheitert|bricht ab|abgelehnt|verboten|untersagt|ausgeschlossen
        derselbe fehler|der gleiche fehler|gleiches (?:bild|ergebnis)|kommt (?:sofort )?wieder
    """,
}

SCOPES = (
    Scope("denies_it", Place.WITHIN, r"nicht|nie|noch nicht|kein\w*"),
    Scope(
        "supposed",
        Place.BEFORE,
        r"""
        würden?|könnten?|sollten?|falls|wenn wir|bevor|ehe|vor (?:dem|der)|geplant|planen|möchten|wollen|soll|ob
        hoffen|befürchten|riskieren|angenommen|wäre|wären|erst|demnächst
    """,
    ),
    Scope("denied", Place.CLAUSE, r"nicht|kein\w*|nie(?:mals)?|ohne|weder|nichts"),
    Scope("not_only", Place.BEFORE, r"nicht (?:nur|bloß|allein)"),
    Scope("not_only_next", Place.SENTENCE, r"nicht (?:nur|bloß|allein)|sowohl"),
    Scope(
        "asks",
        Place.CLAUSE,
        r"""
        gäbe es|habt ihr|haben sie|hat jemand|kennt jemand|kennen sie|bitte|können sie|könnt ihr
        könnten sie|bräuchten|brauchen|suchen|wünschen|wäre|wir bitten|fragen|frage|kennt ihr|wisst ihr
        wissen sie
    """,
    ),
    Scope(
        "stated",
        Place.CLAUSE,
        r"""
        (?:gibt|gab|haben|hat|kennen|sehen|existiert)(?: \w+){0,3} kein\w*|kein\w* (?:\w+ )?(?:{wa})
        wir haben (?:eine|einen)
    """,
    ),
    Scope("well_over", Place.CLAUSE, r"bis (?:gestern|heute|vor)|plötzlich|seit"),
    Scope("fails", Place.CLAUSE, r"(?:{no_help})"),
    Scope("fails_next", Place.NEXT, r"(?:{no_help})|überschrieben"),
    Scope("recurs", Place.SENTENCE, r"bis zum nächsten|wieder ausgefallen|erneut"),
)

PRODUCTION = Table(
    common=COMMON,
    vocabulary=VOCABULARY,
    scopes=SCOPES,
    rules=(
        Rule(
            "Produktion von Waren",
            None,
            0,
            r"""
            produktions(?:planung|auftrag|aufträge|leiter\w*|halle|linie|menge|daten|kosten|termin\w*|zahlen|mitarbeiter\w*|steuerung)\w*
            produktion von \w+|(?:film|musik|serien|strom|milch|mehl|nach|eigen|massen|energie)-?produktion
            produktivität\w*|produktdaten|produktive[nr]? (?:tag|woche|zusammenarbeit)
            produktions?(?:ähnlich\w*|nah\w*|reif\w*|build\w*|kopie)|produktionsreif
            (?:kopie|abzug|spiegel) (?:der|des|von) {live}
        """,
        ),
        Rule(
            "noch nicht live",
            "no",
            OUTRIGHT,
            r"""
            noch nicht(?: \w+){0,3}? (?:{live}|live|ausgerollt|freigegeben|im einsatz|in betrieb|eingeführt)
            nicht(?: \w+){0,2}? (?:{in_live}|{live}),? (?:sondern|nur)
            (?:vor|bis|zum|bis zum|vor dem|vor der|der|den|unser(?:en)?|blockiert den|gefährdet den|für den)(?: \w+){0,2}? (?:go-?live|golive|livegang|live-gang|produktivstart|rollout|produktivsetzung|inbetriebnahme|cutover|markteinführung)
            (?:go-?live|livegang|produktivstart|rollout|produktivsetzung)(?: \w+){0,3}? (?:geplant|gefährdet|verschoben|am \d|im \w+|nächste\w*|in \w+ wochen)
            wir (?:testen|evaluieren|pilotieren) (?:\w+ )?(?:noch|nur|gerade|derzeit)
            (?:noch|nur|gerade|derzeit) in der (?:test|evaluierungs|pilot|erprobungs)\w*
        """,
            unless=("not_only",),
        ),
        Rule(
            "Produktion ist nicht betroffen",
            "no",
            OUTRIGHT,
            r"""
            (?:{live})(?: \w+){0,3}? (?:nicht|nie|unbe\w*)(?: \w+){0,2}? (?:betroffen|beeinträchtigt|berührt|tangiert|aufgetreten|gefährdet|auf)
            {live}(?: \w+){0,2}? unbeeinträchtigt
            (?:{live}) (?:dagegen |hingegen |selbst |aber |jedoch |zum glück )*{well}
            kein(?:e|en|erlei)?(?: \w+)? (?:{trouble})(?: \w+){0,2}? (?:auf|in|im|für|am|an)(?: \w+)? {live}
            (?:nicht|nie)(?: \w+){0,4}? (?:{in_live})(?: \w+){0,2}? (?:aufgetreten|betroffen|gesehen|beobachtet|reproduzierbar|vorgekommen|vor|auf)?
            (?:{in_live})(?: \w+){0,3}? (?:tritt|trat|ist)(?: \w+){0,3}? (?:nicht|nie)(?: \w+){0,2} auf
            (?:{in_live}) (?:läuft|funktioniert|geht)(?: \w+){0,2}? (?:alles|es|das)(?! \w* nicht)(?: \w+){0,3}
            (?:alles|es|das) (?:läuft|funktioniert|geht)(?: \w+){0,2}? {in_live}
            kein(?:e)? (?:kunde|kunden|anwender|nutzer|patienten)(?: \w+){0,3}? (?:betroffen|beeinträchtigt|gemerkt|bemerkt)
        """,
            unless=("not_only", "well_over", "supposed"),
        ),
        Rule(
            "production recovered",
            "no",
            OUTRIGHT,
            r"""
            (?:{live})(?: \w+){0,2}? (?:läuft|laufen|ist|funktioniert|steht)(?: \w+){0,3}? wieder(?: \w+)?
            (?:{in_live}|{live})(?: \w+){0,2}? (?:behoben|gelöst|wiederhergestellt|repariert)
            (?:behoben|gelöst) {in_live}
        """,
            unless=("recurs", "denies_it"),
        ),
        Rule("nur gedacht", None, 0, "{live}", given=("supposed",)),
        Rule(
            "Produktion ist betroffen",
            "yes",
            OUTRIGHT,
            r"""
            (?:{live})(?: [^ ]+){0,5}? (?:steht(?: \w+)?(?: still)?|ausgefallen|betroffen|down|tot|gestört|nicht(?: mehr)? (?:erreichbar|verfügbar|nutzbar|möglich)|hängt|fällt aus|abgestürzt|stürzt ab|blockiert|lahmgelegt|offline|keine \w+|kein \w+|gehen? nicht|geht nichts|läuft nichts|läuft nicht|funktioniert nicht)
            (?:legt|betrifft|blockiert|stoppt|trifft|stört|gefährdet)(?: \w+){0,2}? {live}
        """,
            unless=("fine_negated",),
        ),
        Rule(
            "geschieht in Produktion",
            "yes",
            MEANT,
            r"""
            (?:im|aus dem) (?:app|play) ?store
            {live}
            {in_live}
            seit (?:dem |unserem )?(?:go-?live|livegang|rollout|produktivstart)
        """,
        ),
        Rule(
            "Kunden sind betroffen",
            "yes",
            TOLD,
            r"""
            (?:unsere[nr]?|alle[n]?|viele[n]?|mehrere|einige|hunderte|tausende|zahlreiche|sämtliche|die|\d[\d.]*|der|das|kein|in den|in allen|an der|an den|unser|keine)(?: [^ ]+){0,2}? (?:{people}|{place})(?: [^ ]+){0,6}? (?:{hurt})
            ^\W*(?:{people}|{place})(?: [^ ]+){0,4}? (?:{hurt})
            (?:niemand|keiner) kann(?: \w+){0,4} (?:arbeiten|bestellen|bezahlen|zahlen|buchen|anmelden|kassieren|ausliefern)
            wir können nicht(?: \w+){0,2} (?:ausliefern|fakturieren|kassieren|verkaufen|buchen|versenden|liefern|produzieren)
            steht (?:die|der|das|unser\w*) (?:\w+ )?(?:fertigung|band|werk|versand|linie|lager|betrieb|montage\w*|anlage)
            umsatz\w*|bürgerinnen und bürger|wir verlieren
        """,
            unless=("supposed",),
        ),
        Rule("in einer Testumgebung", "no", HINTED, "{test}", unless=("not_only_next",)),
    ),
)
PRODUCTION = Table(
    COMMON,
    PRODUCTION.rules,
    (
        *SCOPES,
        Scope("fine_negated", Place.CLAUSE, r"nicht(?: \w+)? (?:betroffen|beeinträchtigt|gestört)|unbeeinträchtigt"),
    ),
    VOCABULARY,
)

WORKAROUND = Table(
    common=COMMON,
    vocabulary=VOCABULARY,
    scopes=SCOPES,
    rules=(
        Rule(
            "nicht mehr nötig",
            None,
            0,
            r"""
            (?:{wa})(?: \w+){0,4} (?:nicht|nicht mehr|kein\w*) (?:mehr )?(?:nötig|notwendig|erforderlich|gebraucht|benötigt)
            kein(?:e|en)?(?: {adj})* (?:{wa}) (?:nötig|notwendig|erforderlich)
            (?:brauchen|benötigen) (?:\w+ )?kein(?:e|en)? (?:{wa})
        """,
        ),
        Rule("danach gefragt", None, 0, "{wa}", given=("asks",), unless=("stated",)),
        Rule("als Frage", None, 0, "{wa}", given=("asked",), unless=("stated",)),
        Rule(
            "es gibt keinen",
            "none",
            OUTRIGHT,
            r"""
            (?:kein(?:e|en|er|erlei)?|ohne|nicht(?:s|e)?|weder)(?: \w+){0,1}?(?: {adj})* (?:{wa})
            (?:{wa})(?: \w+){0,5}? (?:nicht(?: \w+)? (?:bekannt|möglich|vorhanden|gefunden|in sicht|akzeptabel|praktikabel|mehr|hilft|funktioniert)|unbekannt|gibt es nicht|haben wir (?:nicht|keine?n?)|kennen wir (?:nicht|keine?n?)|keine?r?|funktioniert\w*(?: \w+){0,3} nicht|hilft(?: \w+){0,2} nicht|greift(?: \w+){0,2} nicht|versagt|scheidet aus|unzumutbar|inakzeptabel|verboten|ausgeschlossen)
            (?:lässt|lassen) sich(?: \w+){0,4}? nicht (?:umgehen|vermeiden)|nicht zu umgehen|nicht umgehbar
            keine (?:möglichkeit|chance|option)|es gibt nichts|nichts (?:hilft|half|geholfen|machen)
            hilft nichts|alles (?:vergeblich|erfolglos|umsonst)|wissen nicht (?:mehr )?weiter
            am ende (?:unserer|mit)|mit unserem latein|ratlos|aufgeschmissen|sind blockiert
            kommen (?:wir )?nicht (?:mehr )?weiter|kein(?:e|en) (?:ausweg|chance)|nichts mehr zu machen
            geht (?:gar |einfach |rein |überhaupt )?nichts mehr|bleibt (?:uns )?nur (?:zu )?warten
            (?:keine|kein) (?:handbetrieb|papier\w*|ersatz\w*|rückfall\w*|notfall\w*)
            (?:manuell|von hand|per hand|händisch|auf papier)(?: \w+){0,4}? (?:nicht(?: \w+)? (?:möglich|machbar|erlaubt|zulässig)|unmöglich|geht nicht|ausgeschlossen|verboten)
            (?:nicht|kein\w*)(?: \w+){0,3}? (?:manuell|von hand|per hand|händisch|auf papier)
        """,
        ),
        Rule(
            "vergeblich versucht",
            "none",
            TOLD,
            r"""
            weder(?: [^ ]+){1,10} noch
            (?:{remedy}|versucht|probiert|ausprobiert|maßnahmen|versuche|tipps?|vorschlag|vorschläge|hinweise?)(?:,? [^ ]+){0,8}? (?:{no_help})
            (?:trotz|auch nach|selbst nach)(?: \w+){0,3}? (?:{remedy})
            (?:rollback|rückweg|downgrade|zurück)(?: \w+){0,4}? (?:nicht|unmöglich|geht nicht|ausgeschlossen)
            können nicht (?:zurück|zurückrollen|downgraden|umschalten|warten)|kein zurück
            (?:{no_help})
        """,
            unless=("asked",),
            across=True,
        ),
        Rule(
            "es gibt einen",
            "exists",
            OUTRIGHT,
            r"""
            (?:als|eine?n?|der|die|den|unser(?:e|en)?|über|mit|mit dem|per|durch|folgende[rn]?|vorläufige[rn]?|aktuelle[rn]?|möglicher?|derzeitige[rn]?|einzige[rn]?|temporäre[rn]?|dem)(?: \w+){0,1}? (?:{wa})
            (?:{wa})(?: \w+){0,1}?(?: ist|:| vorhanden| existiert| bekannt| gefunden| greift| haben wir| nutzen wir| hilft| funktioniert)
            behelfen (?:wir )?uns|helfen uns|umgehen (?:wir|das|es|lässt)|umgangen|lässt sich umgehen
        """,
            unless=("denied", "asked"),
        ),
        Rule(
            "etwas hilft",
            "exists",
            OUTRIGHT,
            r"""
            (?:{remedy}|damit|dann|danach|so|das|es|wenn \w+)(?: [^ ]+){0,6}? (?:hilft|half|geholfen|behebt|behob|funktioniert(?: es)?|läuft(?: es| alles| wieder)?|geht(?: es| alles| wieder)?|klappt|beseitigt|löst|gelöst)(?: (?:es|wieder|kurzzeitig|vorübergehend|für|alles|das|bis|weiter))*
            (?:mit|über|unter|in|per|via)(?: \w+){0,4}? (?:funktioniert|läuft|geht|klappt) (?:es|alles|das)
            (?:läuft|funktioniert|geht|klappt)(?: \w+){0,2}? (?:mit|über|unter|in|per|via) (?:der |dem |einem |einer )?(?:alten?|anderen?|vorherigen?|firefox|chrome|edge|version)
            (?:alte|vorherige|vorige|letzte) (?:version|release)(?: \w+){0,3} (?:läuft|funktioniert|geht|im einsatz)
        """,
            unless=("denied", "asked", "fails", "fails_next"),
            across=True,
        ),
        Rule(
            "man behilft sich",
            "exists",
            TOLD,
            r"""
            damit (?:kann|können) (?:ich|wir|man) (?:gut )?leben
            wenn (?:man|wir|ich)(?: [^ ]+){1,12}?,? (?:bleibt|geht|funktioniert|läuft|klappt|stimmt|erscheint)(?! nicht)
            manuell\w*|händisch|von hand|per hand|auf papier|mit papier|mit zettel\w*|per telefon|telefonisch
            per fax|mit excel|in excel|excel-?listen?
            zurückgerollt|zurückgesetzt|rollback (?:gemacht|durchgeführt|auf)
            wieder auf (?:die|der) (?:alte|vorige|vorherige|letzte)|auf (?:die )?version \S+ (?:zurück|gegangen)
            downgrade auf|umgeschaltet auf|ausgewichen|weichen(?: \w+){0,3} aus|umgestellt auf
            einstweilen|vorübergehend|vorläufig|in der zwischenzeit|zwischenzeitlich|bis dahin|solange|derweil
            behelfsmäßig|übergangsweise|stattdessen|notdürftig|ersatzweise
            (?:starten|startet|booten|löschen|leeren|setzen|schalten)(?: \w+){0,5}? (?:täglich|stündlich|jede nacht|nachts|jeden (?:morgen|abend|tag)|alle \d+|regelmäßig|einmal pro)
            (?:täglich|stündlich|jede nacht|nachts|jeden (?:morgen|abend|tag)|nächtliche[rn]?)(?: \w+){0,4}? (?:neustart|neu|gestartet|durchgestartet|script|cronjob)
            (?:wir|haben|haben wir|habe ich|ich habe|wurde)(?: \w+){0,6}? (?:abgeschaltet|deaktiviert|ausgeschaltet|erhöht|hochgesetzt|verdoppelt|entfernt|auskommentiert|gepinnt|neu gestartet|umgangen)
        """,
            unless=("denied", "asked", "fails", "fails_next", "supposed"),
        ),
    ),
)
