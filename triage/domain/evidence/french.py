"""How customers say it in French: whether production is affected, and whether there is a workaround."""

from __future__ import annotations

from triage.domain.evidence.rules import HINTED, MEANT, OUTRIGHT, TOLD, Place, Rule, Scope, Table

COMMON = "le les est nous pas une des depuis sur avec dans et du que qui ne pour au aux ce cette vous sont mais plus en la il aucun aucune notre nos"

VOCABULARY = {
    "own": r"""
        notre|nos|la|le|les|l'|leur|votre|vos|tout(?:e|es)?|tous|cette|ce|un|une|plusieurs|ensemble de|mon|ma
    """,
    "live": r"""
        (?:(?:{own}) ){0,3}(?:l'|d')?(?:(?:environnement|plateforme|serveur|système|base|instance|site|cluster|applicatif|si|machine)s? (?:de |en )?)?(?:prod|production|exploitation)(?! (?:de|d'|des|du) )
        (?:(?:{own}) ){0,3}(?:l')?(?:environnement|plateforme|système|serveur|site|instance)s? (?:productifs?|live)
    """,
    "in_live": r"(?:en|sur|dans|de|à|vers|depuis) (?:{live}|live)",
    "test": r"""
        (?:(?:{own}) ){0,3}(?:l')?(?:environnement|plateforme|serveur|système|instance|base|poste|machine|tenant|phase)s? (?:de |d'|en )?(?:test|tests|recette|préprod\w*|pré-prod\w*|développement|dev|démo\w*|intégration|formation|qualification|qualif|homologation|validation|staging|bac à sable|uat|acceptation|pilote)
        (?:en|sur|dans|à) (?:la |le |l'|notre )?(?:recette|préprod\w*|pré-prod\w*|pre-?prod\w*|développement|dev|qualif\w*|staging|intégration|uat|homologation|test|tests|démo|sandbox|local|bac à sable)(?!\w)
        préproduction|préprod|(?:sur )?mon (?:poste|pc|ordinateur|portable)|preuve de concept|poc|émulateur
        intégration continue|la ci|pipeline
    """,
    "people": r"""
        clients?|utilisateurs|usagers|patients|abonnés|adhérents|caissi(?:ers|ères)|agents|citoyens|voyageurs
        passagers|élèves|étudiants|magasins?|caisses?|guichets?|agences?|usines?|boutiques?|sites?|entrepôts?
        hôpita(?:l|ux)|infirmi(?:ers|ères)|médecins|chauffeurs|opérateurs|collaborateurs|commerçants|assurés
        livreurs|internautes|visiteurs|chaîne|atelier|ligne|services|quais?|salariés|centre d'appels?
        conseillers|encaissements|commandes|livraisons|expéditions|paiements|facturation
    """,
    "hurt": r"""
        ne (?:peu(?:t|vent)|parvien(?:t|nent)|arriv(?:e|ent)|réuss\w+|fonctionn\w+|répond\w*|reçoiv\w+|voi\w+|march\w+)(?: (?:plus|pas|aucun\w*|rien|que))
        n'(?:ont|arriv\w+|a|accèd\w+)(?: (?:plus|pas|aucun\w*))
        (?:est|sont|reste|restent)(?: \w+){0,3}? (?:bloqué\w*|impacté\w*|touché\w*|affecté\w*|arrêté\w*|à l'arrêt|hors service|indisponibles?|inaccessibles?|paralysé\w*|en panne|coupé\w*|interrompu\w*)
        à l'arrêt|bloqué\w*|en panne|hors service|signal(?:e|ent)|se plaign\w+|appellent|attendent|nous écrivent
        remontent|rencontrent|subissent|perdent|perdons
    """,
    "fine": r"""
        (?:fonctionne|tourne|marche|va|est|reste|se porte)(?: \w+){0,3}? (?:bien|normalement|correctement|parfaitement|stable|ok|sans (?:problème|souci|erreur|incident)\w*|opérationnel\w*|saine?|intacte?)
    """,
    "wa": r"""
        contournements?|solutions? de contournement|workarounds?
        solutions? (?:temporaires?|de repli|de secours|palliatives?|alternatives?|provisoires?|de rechange|dégradées?|manuelles?)
        palliatifs?|alternatives?|plan b|parade|autre (?:moyen|solution|voie|façon)|mode dégradé
        procédure (?:manuelle|de secours|dégradée)|échappatoire|repli|moyen de (?:contourner|faire)
    """,
    "remedy": r"""
        redémarr\w+|relanc\w+|reboot\w*|retour arrière|rollback|revenir\w*|revenu\w*|réinstall\w+|désactiv\w+
        vid(?:er|é|ant)(?: le)? cache|restaur\w+|bascul\w+|mise à jour|patch|réinitialis\w+|purg\w+|downgrade\w*
        désinstall\w+|supprim\w+
    """,
    "no_help": r"""
        (?:n'|ne )(?:\w+ ){0,2}(?:aide|a|ont|change|changent|résout|résolvent|fonctionne|fonctionnent|sert|donne|marche|suffit|corrige|améliore|fait|est|sont)(?: \w+)? (?:rien|pas|plus|aucun\w*|guère)(?: \w+)?
        sans (?:succès|effet|résultat|amélioration|changement)|en vain
        aucun (?:effet|changement|résultat|succès|impact)|aucune (?:amélioration|différence)
        même (?:erreur|résultat|problème|chose)|échou\w+|échec|impossible|inefficace\w*|refus\w+|interdit\w*
        exclu\w*|inacceptable|revient (?:aussitôt|immédiatement|tout de suite)|rien n'y fait
    """,
}

SCOPES = (
    Scope("denies_it", Place.WITHIN, r"n'est|pas|jamais|plus|n'a"),
    Scope("in_trouble", Place.SENTENCE, r"{hurt}|erreurs?|problème|panne|plante\w*|incident|même|depuis"),
    Scope(
        "supposed",
        Place.BEFORE,
        r"""
        si|avant|pourrait|pourraient|risque\w*|serait|seraient|devrait|devons|faut|prévu\w*|voulons|voudrions
        souhait\w+|craign\w+|peur|compt\w+|envisag\w+|aimerai\w+|lorsque nous|quand nous|bientôt
    """,
    ),
    Scope("not_only", Place.BEFORE, r"pas (?:seulement|uniquement|que)|non seulement"),
    Scope(
        "denied",
        Place.CLAUSE,
        r"""
        (?:n'|ne )\w* ?(?:\w+ )?(?:pas|plus|aucun\w*|rien|jamais)|pas|aucun\w*|sans|jamais
    """,
    ),
    Scope(
        "asks",
        Place.CLAUSE,
        r"""
        existe-t-il|y a-t-il|y-a-t-il|avez-vous|auriez-vous|connaissez-vous|pouvez-vous|pourriez-vous|merci de
        quelqu'un|nous (?:cherchons|attendons|demandons|avons besoin)|besoin|cherch\w+|proposer|propose[rz]
        souhait\w+|serait|est-ce que|s'il (?:existe|y a)
    """,
    ),
    Scope(
        "stated",
        Place.CLAUSE,
        r"""
        (?:n'|ne )(?:\w+ )?(?:avons|existe|a|connaissons|voyons|est|trouv\w+)|aucun\w*|nous avons (?:un|une|trouvé)
    """,
    ),
    Scope("fails", Place.CLAUSE, r"(?:{no_help})"),
    Scope("fails_next", Place.NEXT, r"(?:{no_help})"),
    Scope("over", Place.CLAUSE, r"jusqu'à|jusqu'au|soudain\w*|depuis"),
)

PRODUCTION = Table(
    common=COMMON,
    vocabulary=VOCABULARY,
    scopes=SCOPES,
    rules=(
        Rule(
            "production de biens",
            None,
            0,
            r"""
            (?:ordres?|chaîne|ligne|planning|planification|coûts?|outil|responsable|directeur|atelier|unité|données|rapport) de production
            production (?:de|d'|des|du|audiovisuelle|musicale|laitière|industrielle|horaire) ?\w*
            (?:copie|clone|image|extrait|sauvegarde) de (?:la )?(?:prod|production)|build de production
            mode production
        """,
        ),
        Rule(
            "pas encore en production",
            "no",
            OUTRIGHT,
            r"""
            pas encore(?: \w+){0,3}? (?:{in_live}|{live}|ouvert\w*|déployé\w*|en service|lancé\w*)
            (?:avant|d'ici|pour|bloque|bloquant pour|retarde|menace|prévue?)(?: \w+){0,2}? (?:la |le |l'|notre )?(?:mise en (?:production|prod|service|ligne)|mep|go-?live|ouverture|lancement|bascule|démarrage)(?: \w+){0,3}
            (?:mise en (?:production|prod|service)|mep|go-?live|ouverture|lancement|démarrage)(?: \w+){0,3}? (?:prévue?|planifiée?|le \d|lundi|mardi|mercredi|jeudi|vendredi|dans \w+|la semaine prochaine|reportée?)
            ce n'est pas (?:la |en |de la )?(?:prod|production)|pas (?:en|sur|de|la) (?:la )?(?:prod|production)
            nous (?:testons|évaluons)|en cours d'évaluation
            encore en (?:test|recette|développement|phase de test)
        """,
            unless=("not_only",),
        ),
        Rule("demandé sur la production", None, 0, "{live}", given=("asked",), unless=("in_trouble",)),
        Rule(
            "la production n'est pas touchée",
            "no",
            OUTRIGHT,
            r"""
            rien à signaler (?:en|sur) (?:{live})
            (?:{live})(?: \w+){0,1}? (?:n'est|n'a|ne sont|n'était|n'ont)(?: \w+)? (?:pas|aucunement|jamais|nullement)(?: \w+)? (?:touchée?s?|affectée?s?|impactée?s?|concernée?s?|atteinte?s?)
            (?:{live})(?: \w+){0,2}? {fine}|{fine} (?:{in_live})
            (?:{in_live}),? (?:tout|ça|cela|tout va) (?:\w+ )?(?:fonctionne|marche|va|bien)(?: \w+)?
            (?:tout|ça|cela) (?:fonctionne|marche|va bien)(?: \w+){0,2}? {in_live}
            aucun(?:e)?(?: \w+)? (?:impact|problème|erreur|incident|conséquence|effet)s?(?: \w+){0,2}? (?:en|sur|pour|dans) (?:{live})
            (?:jamais|pas)(?: \w+){0,4}? (?:{in_live})
            aucun (?:client|utilisateur|usager|patient)(?: \w+){0,3}? (?:touché|impacté|concerné|affecté)
        """,
            unless=("not_only", "over", "supposed"),
        ),
        Rule(
            "production recovered",
            "no",
            OUTRIGHT,
            r"""
            (?:{live})(?: \w+){0,3}? (?:rétabli\w*|restauré\w*|repart\w*|refonctionne|de nouveau)(?: \w+){0,3}
            (?:résolu\w*|corrigé\w*|rétabli\w*) {in_live}
            (?:problème|incident|panne)(?: [^ ]+){0,5}? {in_live} (?:est|a été) (?:résolu|corrigé|rétabli|réglé)\w*
            (?:refonctionne|fonctionne à nouveau|fonctionne de nouveau|rétabli)(?: \w+){0,2}? {in_live}
        """,
            unless=("denies_it",),
        ),
        Rule("seulement supposé", None, 0, "{live}", given=("supposed",)),
        Rule(
            "la production est touchée",
            "yes",
            OUTRIGHT,
            r"""
            (?:{live})(?: [^ ]+){0,4}? (?:est|sont|à l'arrêt|bloqu\w+|en panne|touchée?|impactée?|affectée?|hors service|indisponible|plante\w*|tombée?|paralysée?|coupée?|ne répond\w* (?:plus|pas)|arrêtée?)
            (?:impacte|touche|bloque|affecte|arrête|paralyse)(?: \w+){0,2}? {live}
        """,
            unless=("denied",),
        ),
        Rule(
            "se produit en production",
            "yes",
            MEANT,
            r"""
            {live}
            {in_live}
            depuis (?:la |notre )?(?:mise en (?:production|prod|service|ligne)|mep|ouverture|bascule)
        """,
        ),
        Rule(
            "des clients sont touchés",
            "yes",
            TOLD,
            r"""
            (?:nos|les|tous les|des|plusieurs|certains|beaucoup de|\d+|toutes les|aucun|aucune|nombreux|l'|la|le|notre|de nos|dans nos|en)(?: [^ ]+){0,2}? ?(?:{people})(?: [^ ]+){0,5}? (?:{hurt})
            ^\W*(?:{people})(?: [^ ]+){0,4}? (?:{hurt})
            en (?:magasin|caisse|boutique|agence)|chiffre d'affaires
            nous (?:ne pouvons|n'arrivons)(?: \w+)? (?:plus|pas) (?:facturer|expédier|vendre|encaisser|livrer|produire|servir)
            plus personne ne (?:peut|travaille)|perdons
        """,
            unless=("supposed",),
        ),
        Rule("dans un environnement de test", "no", HINTED, "{test}", unless=("not_only",)),
    ),
)

WORKAROUND = Table(
    common=COMMON,
    vocabulary=VOCABULARY,
    scopes=SCOPES,
    rules=(
        Rule(
            "plus nécessaire",
            None,
            0,
            r"""
            (?:{wa})(?: \w+){0,4} (?:plus|pas) (?:nécessaire|utile|requis\w*)
            (?:pas|plus|sans) besoin (?:de |d'une? |d')?(?:{wa})
        """,
        ),
        Rule("demandé", None, 0, "{wa}", given=("asks",), unless=("stated",)),
        Rule("en question", None, 0, "{wa}", given=("asked",), unless=("stated",)),
        Rule(
            "il n'y en a pas",
            "none",
            OUTRIGHT,
            r"""
            (?:aucune?|pas(?: encore)?(?: de| d'une?| d')?|sans|ni|nulle?)(?: autre| vraie?| réelle?| véritable| possible| bonne?)* ?(?:{wa})
            (?:{wa})(?: \w+){0,5}? (?:ne fonctionne\w*(?: \w+)? (?:pas|plus)|ne marche\w*(?: \w+)? (?:pas|plus)|n'est(?: \w+)? pas (?:acceptable|possible|envisageable|viable)|n'existe pas|connue? : ?aucun\w*|inacceptable|impossible|a cessé|inefficace|interdit\w*|ne tient plus)
            impossible (?:de |d'|à )(?:contourner|éviter|revenir|faire|continuer|travailler|passer|saisir|encaisser)(?: \w+)*
            (?:rien|tout) (?:n'y fait|ne fonctionne|ne marche|ne change|essayé)|rien n'(?:y fait|aide)
            (?:nous sommes|on est|je suis|sommes)(?: \w+)? (?:bloqués?|coincés?|à court d'idées|démunis?|dans l'impasse|à l'arrêt)
            ne (?:pouvons|peut|peux) (?:rien faire|que attendre|plus rien|plus travailler)
            on ne peut (?:rien|plus)|aucun moyen|aucune? (?:possibilité|issue|autre \w+)
            pas (?:possible|moyen)(?: de)?|ne sav(?:ons|ez) plus (?:quoi|comment)
            (?:à la main|manuellement|sur papier|manuelle)(?: \w+){0,4}? (?:impossible|pas possible|interdit\w*|exclu\w*)
            (?:n'est|pas|plus)(?: \w+){0,3}? (?:à la main|manuellement|sur papier)
        """,
        ),
        Rule(
            "essayé en vain",
            "none",
            TOLD,
            r"""
            (?:{remedy}|essayé|tenté|testé|essais?|tentatives?|manipulations?|avons tout)(?:,? [^ ]+){0,8}? (?:{no_help})
            (?:malgré|même après)(?: \w+){0,3}? (?:{remedy})
            retour arrière(?: \w+){0,3}? (?:impossible|pas possible|échou\w+|refusé|exclu)
            (?:ne pouvons|impossible de)(?: \w+){0,2} (?:revenir|redémarrer|basculer|restaurer|attendre)
            rien d'autre|rien de ce|rien de tout
            (?:sans succès|en vain|sans effet|sans résultat|rien n'y fait|n'ont? rien (?:donné|changé|résolu))
        """,
            unless=("asked",),
            across=True,
        ),
        Rule(
            "il y en a un",
            "exists",
            OUTRIGHT,
            r"""
            (?:une?|le|la|ce|cette|notre|comme|en|par|avec|via|seul\w*|un simple|un petit|au|du)(?: \w+){0,1}? (?:{wa})
            (?:{wa})(?: \w+){0,1}? ?(?::|est|existe|trouvé\w*|en place|consiste|possible|fonctionne|qui)
            contourn(?:e|ons|é|ée|ent|er)|on (?:s'en sort|se débrouille)|nous nous débrouillons
        """,
            unless=("denied", "asked", "fails_next"),
        ),
        Rule(
            "quelque chose aide",
            "exists",
            OUTRIGHT,
            r"""
            (?:{remedy}|en \w+ant|si (?:on|nous|l'on|je|vous)|après|avec|via|depuis|sous)(?: [^ ]+){0,9}? (?:suffit|résout|règle|corrige|débloque|fonctionne|marche|passe|aide|rétablit|repart|refonctionne|redevient|permet|ça va|disparaît|s'affiche|remet)(?: \w+){0,2}
            (?:fonctionne|marche|passe)(?: \w+){0,2}? (?:avec|sous|via|depuis|sur) (?:l'ancien\w*|une autre|un autre|firefox|chrome|edge|la version|la précédente)
            l'ancienne version(?: \w+){0,3} (?:fonctionne|tourne|marche)
        """,
            unless=("denied", "asked", "fails", "fails_next"),
            across=True,
        ),
        Rule(
            "on fait autrement",
            "exists",
            TOLD,
            r"""
            pas (?:de )?bloqu\w+|non bloquant|paient avec|passent par
            utilis(?:ent|ons|e)(?: \w+){1,5} (?:à la place|en attendant)
            à la main|manuellement|sur papier|papier et crayon|par téléphone|par fax|sur excel|avec excel
            saisie manuelle|tableur|en mode dégradé
            (?:avons|a|ai|ont|sommes|suis|est) (?:\w+ )?(?:revenu\w*|fait un retour arrière|rétrogradé|désactivé|basculé|redémarré|augmenté|figé|épinglé|relancé|remis|restauré|réinstallé|coupé|contourné|doublé)
            retour (?:arrière )?(?:à|sur|vers) (?:la |l')(?:version|ancienne|précédente)
            en attendant|pour l'instant|provisoirement|temporairement|dans l'intervalle|entre-temps|à la place
            au lieu de cela|d'ici là|faute de mieux
            (?:redémarr\w+|relanc\w+|vid\w+|purg\w+)(?: \w+){0,6}? (?:chaque|tous les|toutes les|quotidien\w*|la nuit|\w+ fois par)
        """,
            unless=("denied", "asked", "fails", "fails_next", "supposed"),
        ),
    ),
)
