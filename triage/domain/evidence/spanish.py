"""How customers say it in Spanish: whether production is affected, and whether there is a workaround."""

from __future__ import annotations

from triage.domain.evidence.rules import HINTED, MEANT, OUTRIGHT, TOLD, Place, Rule, Scope, Table

COMMON = "el los las está que por con desde una del no se es en para pero como más al nuestra nuestro ya hay la lo ninguna ningún nuestros pueden puede"

VOCABULARY = {
    "own": r"nuestr[oa]s?|la|el|los|las|su|sus|tod[oa]s?|est[ea]|un|una|varios|varias|ambos|mi",
    "live": r"""
        (?:(?:{own}) ){0,3}(?:(?:entorno|ambiente|servidor|sistema|base de datos|instancia|plataforma|clúster|cluster|máquina|sitio)(?:e?s)? (?:de |en )?)?(?:producci[oó]n|productiv[oa]s?|prod|prd)(?! (?:de|del) )
        (?:(?:{own}) ){0,3}(?:entorno|ambiente|servidor|sistema|instancia|plataforma|sitio)s? (?:productiv[oa]s?|en vivo|reales?)
    """,
    "in_live": r"(?:en|de|a|sobre|desde|del|al|contra) (?:{live}|vivo)",
    "test": r"""
        (?:(?:{own}) ){0,3}(?:entorno|ambiente|servidor|sistema|instancia|plataforma|equipo|fase|base|máquina|tenant)s? (?:de |en )?(?:pruebas?|test|testing|desarrollo|preproducci[oó]n|pre|staging|integraci[oó]n|formaci[oó]n|demo|calidad|qa|uat|homologaci[oó]n|aceptaci[oó]n|validaci[oó]n|laboratorio|piloto|capacitaci[oó]n)
        (?:en|de|sobre) (?:el |la |los |las )?(?:pruebas|preproducci[oó]n|preprod|desarrollo|staging|integraci[oó]n|qa|uat|test|sandbox|demo|local|calidad|formaci[oó]n|laboratorio)(?!\w)
        preproducci[oó]n|(?:en )?mi (?:portátil|máquina|equipo|pc|ordenador)|prueba de concepto|poc|emulador
        simulador|integración continua|pipeline
    """,
    "people": r"""
        clientes|usuarios|usuarias|pacientes|abonados|ciudadanos|pasajeros|viajeros|alumnos|estudiantes
        cajer[oa]s|cajas|tiendas?|sucursales|almac[eé]n(?:es)?|fábricas?|plantas?|hospital(?:es)?|médicos
        enfermer[oa]s|conductores|operarios|operadores|agentes|empleados|socios|asegurados|comercios
        repartidores|visitantes|huéspedes|líneas?|oficinas|farmacias|ventanillas|pedidos|cobros|pagos|envíos
        camiones|consultas|contribuyentes|web|tienda online|portal|facturación|vuelos|nadie
    """,
    "hurt": r"""
        no (?:pueden?|logran?|consiguen?|funcionan?|reciben?|ven?|cargan?|responden?|llegan?|tienen?|se puede\w*|se pueden|salen?|entran?|abren?|arrancan?)(?: \w+)*?
        (?:está|están|queda\w*|sigue\w*|siguen)(?: \w+){0,3}? (?:parad[oa]s?|bloquead[oa]s?|caíd[oa]s?|detenid[oa]s?|afectad[oa]s?|fuera de servicio|inaccesibles?|sin (?:servicio|acceso|sistema)|esperando|colgad[oa]s?)
        puede (?:trabajar|cobrar|pagar|facturar|entrar|acceder)
        se quejan|nos (?:llaman|escriben|avisan|reportan|reclaman)|reportan|avisan|afectad[oa]s?|parad[oa]s?
        caíd[oa]s?|esperan|perdemos|pierden
    """,
    "fine": r"""
        (?:funciona|va|está|sigue|corre|marcha|opera|se mantiene|permanece)(?:n)?(?: \w+){0,3}? (?:bien|normal(?:mente)?|correctamente|perfectamente|estable|ok|sin (?:problemas?|errores|incidencias|novedad)|operativ[oa]|perfecto)
    """,
    "wa": r"""
        soluci[oó]n(?:es)? (?:alternativas?|temporal(?:es)?|provisional(?:es)?|de contorno|manual(?:es)?|paliativas?|intermedias?)
        workarounds?|alternativas?|rodeo|apaño|parche temporal|plan b|salida
        medida (?:temporal|provisional|paliativa)|arreglo (?:temporal|provisional)
        otra (?:forma|vía|manera|opción)|modo (?:manual|degradado)
        forma de (?:evitar\w*|sortear\w*|rodear\w*|esquivar\w*|seguir|operar|trabajar)
        manera de (?:evitar\w*|sortear\w*|seguir|operar|trabajar)|vía alternativa|remedio
        procedimiento (?:manual|alternativo)
    """,
    "remedy": r"""
        reinici\w+|rearranc\w+|reboot\w*|rollback|vuelta atrás|volver\w*|volvimos|vuelto|revert\w+|reinstal\w+
        desactiv\w+|limpi\w+|borr\w+|restaur\w+|actualiz\w+|parche|conmut\w+|failover|downgrade|desinstal\w+
        elimin\w+|cambi\w+
    """,
    "no_help": r"""
        no (?:ayuda\w*|sirv\w+|funcion\w+|cambi\w+|resuelv\w+|resolvi\w+|soluciona\w*|arregl\w+|mejor\w+|hace nada|hizo nada|surt\w+|bast\w+|es (?:posible|viable|aceptable|una opción)|ha (?:servido|funcionado|ayudado|cambiado|resuelto)|han (?:servido|funcionado|ayudado)|dio resultado|se puede)(?: \w+)?
        sin (?:éxito|efecto|resultado|mejora|cambios?)|en vano|inútil\w*
        ningún (?:efecto|resultado|cambio|éxito)|ninguna mejora|mismo (?:error|resultado|problema)
        sigue (?:igual|fallando|fallado)|siguen? (?:igual|fallando)|falla\w*|falló|fracas\w+|imposible
        prohibid[oa]|rechazad[oa]|descartad[oa]|inaceptable|nada (?:funciona|ayuda|sirve|cambia|ha funcionado)
        vuelve (?:enseguida|al instante|a fallar|a caer)|tampoco
    """,
}

SCOPES = (
    Scope("denies_it", Place.WITHIN, r"no|nunca|aún no"),
    Scope(
        "in_trouble",
        Place.SENTENCE,
        r"""
        {hurt}|error(?:es)?|problema|fallo|falla\w*|caíd[oa]|incidencia|mismo|misma|desde
    """,
    ),
    Scope(
        "supposed",
        Place.BEFORE,
        r"""
        si|antes de|podría|podrían|sería|serían|debería|queremos|quisiéramos|planeamos|previst[oa]|riesgo
        tememos|temo|esperamos|vamos a|hay que|para cuando|cuando pasemos|pensamos
    """,
    ),
    Scope("not_only", Place.BEFORE, r"no (?:s[oó]lo|solamente|únicamente)"),
    Scope("denied", Place.CLAUSE, r"no|ningun[oa]?|ningún|sin|nunca|jamás|tampoco|ni|nada"),
    Scope(
        "asks",
        Place.CLAUSE,
        r"""
        ¿|hay alguna?|existe alguna?|tienen alguna?|tienen|podrían|pueden|alguien|conocen|necesitamos|buscamos
        pedimos|solicitamos|agradec\w+|por favor|querríamos|indiquen|indicar\w*|propon\w+|saben
    """,
    ),
    Scope(
        "stated",
        Place.CLAUSE,
        r"""
        no (?:hay|existe|tenemos|conocemos|vemos|encontr\w+|queda)|ningun[oa]|ninguna|tenemos una|hemos encontrado
    """,
    ),
    Scope("fails", Place.CLAUSE, r"(?:{no_help})"),
    Scope("fails_next", Place.NEXT, r"(?:{no_help})"),
    Scope("over", Place.CLAUSE, r"hasta (?:ayer|hoy|que|hace)|de repente|desde"),
)

PRODUCTION = Table(
    common=COMMON,
    vocabulary=VOCABULARY,
    scopes=SCOPES,
    rules=(
        Rule(
            "producción de bienes",
            None,
            0,
            r"""
            (?:órdenes?|orden|líneas?|plan|planificación|costes?|costos?|jefe|responsable|datos|turno|informe) de producción
            producción (?:de|del|audiovisual|musical|lechera|industrial|diaria|mensual) ?\w*
            (?:copia|clon|réplica|volcado) de (?:la )?producción|compilación de producción|modo producción
            productos?
        """,
        ),
        Rule(
            "preguntado sobre producción",
            None,
            0,
            r"""
            {live}
            list[oa] para (?:la )?producción
        """,
            given=("asked",),
            unless=("in_trouble",),
        ),
        Rule(
            "aún no en producción",
            "no",
            OUTRIGHT,
            r"""
            (?:aún|todavía) no(?: \w+){0,4}? (?:{in_live}|{live}|en vivo|desplegad[oa]|en marcha|lanzad[oa]|en uso)
            no(?: \w+){0,4}? (?:{in_live}|en vivo|en uso) (?:aún|todavía)
            (?:antes de|para|bloquea|retrasa|pone en riesgo|previo a|hasta)(?: \w+){0,2}? (?:la |el |nuestra |nuestro )?(?:salida (?:a |en )(?:producción|vivo)|paso a producción|puesta en (?:producción|marcha|servicio)|go-?live|lanzamiento|arranque|migración a producción|apertura)
            (?:salida (?:a |en )(?:producción|vivo)|paso a producción|puesta en (?:producción|marcha)|go-?live|lanzamiento|arranque)(?: \w+){0,3}? (?:previst[oa]|planificad[oa]|es el|está|será|el \d|en \w+|la próxima|aplazad[oa])
            no es (?:el |la |de )?(?:producción|productivo|prod)|no en (?:producción|prod)
            estamos (?:evaluando|probando|en pruebas)|(?:aún|todavía) en (?:pruebas|desarrollo|evaluación)
        """,
            unless=("not_only",),
        ),
        Rule(
            "producción no está afectada",
            "no",
            OUTRIGHT,
            r"""
            (?:{live})(?: \w+){0,2}? no (?:está|se ve|se vio|fue|ha sido|tiene|resulta|hay|presenta)(?: \w+)? ?(?:afectad[oa]|impactad[oa]|tocad[oa]|problemas?|errores|comprometid[oa])
            (?:{live})(?: \w+){0,2}? {fine}|{fine}(?: \w+)? (?:{in_live})
            (?:{in_live}),? (?:todo|esto|eso|sí)? ?(?:funciona|va|marcha)(?: bien| perfecto| correctamente| sin problemas)?
            (?:todo|esto) (?:funciona|va)(?: \w+){0,2}? {in_live}
            (?:ningún|ninguna|sin|no hay)(?: \w+)? (?:impacto|problemas?|errores?|incidencias?|efecto|afectación|consecuencias?)(?: \w+){0,2}? (?:en|sobre|para) (?:{live})
            no (?:afecta|ocurre|pasa|sucede|se da|se reproduce|lo vemos|aparece|impacta|toca)(?: \w+){0,3}? (?:{in_live}|{live}|clientes|usuarios)
            nunca(?: \w+){0,4}? {in_live}
            ningún (?:cliente|usuario|paciente)(?: \w+){0,3}? (?:afectado|impactado|notado)
        """,
            unless=("not_only", "over", "supposed"),
        ),
        Rule(
            "production recovered",
            "no",
            OUTRIGHT,
            r"""
            (?:{live})(?: \w+){0,3}? (?:restablecid[oa]|recuperad[oa]|restaurad[oa]|de nuevo|otra vez (?:operativ\w+|en marcha))
            (?:resuelt[oa]|solucionad[oa]|corregid[oa]|arreglad[oa]) {in_live}
            (?:vuelve|volvió|ya) (?:a )?funciona\w*(?: \w+){0,2}? {in_live}
        """,
            unless=("denies_it",),
        ),
        Rule("solo supuesto", None, 0, "{live}", given=("supposed",)),
        Rule(
            "producción está afectada",
            "yes",
            OUTRIGHT,
            r"""
            (?:{live})(?: [^ ]+){0,4}? (?:está|están|caíd[oa]|parad[oa]|bloquead[oa]|afectad[oa]|detenid[oa]|fuera de servicio|no (?:funciona|responde|arranca|carga|se puede)\w*|falla\w*|cae|se cayó|colgad[oa]|inaccesible)
            (?:afecta|impacta|bloquea|para|detiene|tumba)(?: \w+){0,2}? (?:a |al )?{live}
        """,
            unless=("denied_close",),
        ),
        Rule(
            "ocurre en producción",
            "yes",
            MEANT,
            r"""
            {live}
            {in_live}
            desde (?:la |el |nuestra )?(?:salida a producción|puesta en (?:marcha|producción)|paso a producción|lanzamiento)
        """,
        ),
        Rule(
            "clientes afectados",
            "yes",
            TOLD,
            r"""
            (?:nuestr[oa]s|los|las|todos los|todas las|varios|varias|muchos|algunos|\d[\d.]*|la|el|en las|en los|en todas las|de nuestros|cientos de|miles de)(?: [^ ]+){0,3}? (?:{people})(?: [^ ]+){0,5}? (?:{hurt})
            ^\W*(?:{people})(?: [^ ]+){0,4}? (?:{hurt})
            en (?:las )?(?:\d+ )?(?:tiendas|sucursales|oficinas|farmacias|plantas)|usuarios reales
            no (?:podemos|se puede) (?:facturar|cobrar|vender|enviar|producir|atender|despachar|embarcar)
            nadie puede (?:\w+ ){0,2}(?:trabajar|entrar|comprar|pagar|cobrar|acceder)
            perdemos (?:ventas|dinero|pedidos|ingresos)|estamos perdiendo
        """,
            unless=("supposed",),
        ),
        Rule("en un entorno de pruebas", "no", HINTED, "{test}", unless=("not_only",)),
    ),
)
PRODUCTION = Table(
    COMMON,
    PRODUCTION.rules,
    (
        *SCOPES,
        Scope(
            "denied_close", Place.CLAUSE, r"no (?:está|se ve|fue|ha sido|afecta|impacta)(?: \w+)? ?(?:afectad[oa]|a)?"
        ),
    ),
    VOCABULARY,
)

WORKAROUND = Table(
    common=COMMON,
    vocabulary=VOCABULARY,
    scopes=SCOPES,
    rules=(
        Rule(
            "ya no hace falta",
            None,
            0,
            r"""
            (?:{wa})(?: \w+){0,4} (?:ya no|no) (?:hace falta|es necesari[oa]|se necesita)
            (?:ya no|no) (?:necesitamos|hace falta)(?: \w+){0,2} (?:{wa})
        """,
        ),
        Rule("se pide", None, 0, "{wa}", given=("asks",), unless=("stated",)),
        Rule("en pregunta", None, 0, "{wa}", given=("asked",), unless=("stated",)),
        Rule(
            "no hay",
            "none",
            OUTRIGHT,
            r"""
            (?:no (?:hay|existe|tenemos|conocemos|vemos|encontramos|hemos encontrado|se conoce|queda|disponemos de)|sin|ninguna?|ni)(?: \w+){0,3}? (?:{wa})
            (?:{wa})(?: [^ ]+){0,6}? (?:no (?:funciona|sirve|ayuda|existe|es (?:aceptable|viable|posible|una opción)|hay)\w*|dejó de (?:funcionar|servir)|ha dejado de|ya no (?:funciona|sirve)|inaceptable|imposible|ninguna|prohibid[oa]|descartad[oa])
            imposible (?:de )?(?:evitar|sortear|rodear|trabajar|seguir|volver|continuar|operar|hacerlo)(?: \w+)*
            nada (?:funciona|ayuda|sirve|ha funcionado|que hacer)|no (?:podemos|se puede) hacer nada
            no (?:sabemos|sé) (?:ya )?(?:qué|cómo)
            estamos (?:completamente |totalmente )?(?:bloquead[oa]s|parad[oa]s|atascad[oa]s|sin opciones|de brazos cruzados)
            sin (?:opciones|salida|ideas)|no queda más que esperar|solo podemos esperar
            no hay (?:forma|manera|modo|otra|nada)(?: \w+)*|no existe (?:forma|manera|modo)
            no tenemos (?:forma|manera|otra|cómo)|no encontramos (?:forma|manera)
            (?:a mano|manual(?:mente)?|en papel)(?: \w+){0,4}? (?:no (?:es posible|se puede|está permitido)|imposible|prohibid[oa])
            (?:no|tampoco)(?: \w+){0,4}? (?:a mano|manualmente|en papel)
        """,
        ),
        Rule(
            "intentado en vano",
            "none",
            TOLD,
            r"""
            tampoco(?: \w+){0,2} (?:sirve|funciona|ayuda)
            (?:{remedy}|intent\w+|prob(?:ado|amos|é|ar)|hemos hecho|tratado)(?:,? [^ ]+){0,8}? (?:{no_help})
            (?:a pesar de|incluso (?:después|tras)|pese a)(?: \w+){0,3}? (?:{remedy})
            (?:vuelta atrás|rollback|volver atrás|marcha atrás)(?: \w+){0,3}? (?:imposible|no es posible|no se puede|falló|descartad\w+)
            no (?:podemos|se puede) (?:volver|revertir|reiniciar|restaurar|esperar|conmutar)
            y nada$|y nada más|y nada
            sin éxito|en vano|sin resultado|sin efecto|nada (?:funciona|ayuda|cambia|ha funcionado)
        """,
            unless=("asked",),
            across=True,
        ),
        Rule(
            "hay una",
            "exists",
            OUTRIGHT,
            r"""
            (?:una?|la|el|esta|nuestra|como|de|con|por|hay|existe|tenemos|única|posible)(?: \w+){0,1}? (?:{wa})
            (?:{wa})(?: \w+){0,1}? ?(?::|es|existe|encontrad[oa]|funciona|consiste|que usamos)
            (?:lo|se|la) (?:sorteamos|rodeamos|esquivamos|evita|evitamos|puede evitar)
            nos (?:apañamos|arreglamos|las arreglamos)
        """,
            unless=("denied", "asked", "fails_next"),
        ),
        Rule(
            "algo ayuda",
            "exists",
            OUTRIGHT,
            r"""
            (?:{remedy}|si (?:se|el|la|uno|los|usted|lo|\w+mos)|con|desde|tras|al \w+r|después de|usando|\w+ando|\w+iendo)(?: [^ ]+){0,9}? (?:se (?:resuelve|arregla|soluciona|quita|recupera|guarda|restablece)|funciona(?:n)?|ayuda|basta|va bien|vuelve a (?:funcionar|la normalidad)|desaparece|pasa|carga|permite|recupera|soluciona|arregla|resuelve)(?: \w+){0,2}
            (?:versión anterior|versión antigua)(?: \w+){0,3}? (?:funciona|va|sirve)
            (?:funciona|va)(?: \w+){0,2}? (?:con|en|desde) (?:la versión|firefox|chrome|edge|otro|otra|el antiguo)
        """,
            unless=("denied", "asked", "fails", "fails_next"),
            across=True,
        ),
        Rule(
            "se hace de otro modo",
            "exists",
            TOLD,
            r"""
            por ahora (?:uso|usamos|lo hacemos)|cierre manual|hacen(?: \w+){1,4} manual
            a mano|manualmente|en papel|por teléfono|por fax|en excel|con excel|hoja de cálculo
            papel y (?:boli|lápiz|bolígrafo)
            (?:hemos|he|han|se ha|ya) (?:\w+ )?(?:vuelto|revertido|desactivado|conmutado|reiniciado|aumentado|fijado|restaurado|cambiado|desviado|deshabilitado|quitado|duplicado)
            volvimos a|revertimos|desactivamos|volver a la versión|vuelta a la versión
            mientras tanto|de momento|por ahora|por el momento|provisional(?:mente)?|temporalmente|entretanto
            en su lugar|hasta entonces
            (?:reinici\w+|limpi\w+|borr\w+)(?: \w+){0,6}? (?:cada|todos los|todas las|diari\w+|por la noche|\w+ veces)
        """,
            unless=("denied", "asked", "fails", "fails_next", "supposed"),
        ),
    ),
)
