# ruff: noqa: E501 - a line of a table stays one line
"""Pattern tables about prepositions, apostrophes, joined words, capitals and commas. The notation: grammar_patterns."""

from __future__ import annotations

PREPOSITION = r"""
depend(|s|ed|ing) <(of|from|in|to|at)> (the|a|an|how|what|which|your|our|many|this|that|it|several|other|these|them|where|whether|who|their|some|each|its) -> on
dependent <(of|from|to)> (the|a|how|what|which|your|our|this|it|other|each|their|its|that|these) -> on
independent <(to|on)> (the|a|your|our|any|each|other|what|how|which) -> of
consist(|s|ed|ing) <(on|from|by|out of|with)> (the|a|an|two|three|four|five|several|many|multiple|one|some|various|only|other|different|these|our|six|nodes|layers|parts|components) -> of
compris(es|ed|ing) of (the|a|an|two|three|four|five|several|many|multiple|various|these) <(components|parts)> -> -
rel(y|ies|ied|ying) <(of|in|to|at|from)> (the|a|an|this|that|it|our|your|their|these|other|external|users|some|any) -> on
based <(in|of|at|from)> (the (?:assumption|idea|fact|feedback|results?|same|work|following|previous|above|current|data|version|number|size|value|type)|this (?:idea|feedback|work|data|information|assumption)|feedback|your feedback|these (?:results|ideas|numbers|findings)) -> on
based off(?: of)? (?=(the|a|this|that|it|of|our|my|your|their|these|what)\b) -> based on
bas(ed|es|ing) <(of|off)> of -> on
focus(|es|ed|ing) <(in|at)> (what|how|making|improving|building|performance|providing|writing|features|fixing|adding|reducing) -> on
insist(|s|ed|ing) <(to|for|in|of)> (the|a|use|using|do|doing|have|having|on|that|keep|keeping|be|write) -> on
emphasiz(e|es|ed|ing) <on> (the|that|how|this|a|our) -> -
stress(es|ed|ing)? <on> the (importance|need|fact) -> -
interested <(on|about|to|at|for|with)> (the|a|this|that|what|how|learning|using|contributing|working|helping|building|our|it|any|Rust|more|trying|seeing|joining|writing|getting) -> in
participat(e|es|ed|ing) <(to|at|on|of)> (the|a|this|our|any|these) -> in
succeed(|s|ed|ing) <(to)> (make|build|do|in|get|create|the) -> in
specializ(e|es|ed|ing) <(on|at)> -> in
result(|s|ed|ing) <(to|on)> (a|an|the|much|more|less|better|faster|lower|higher|many|some|fewer|significant) -> in !after the of a these as
responsible <(of|to|about|on)> (the|a|all|this|making|keeping|our|running|managing|your|handling|each|creating|sending) -> for
capable <(to|for|in|on)> (handle|run|be|do|the|running|handling|doing|process|support|deal|work|make|build|being|use|processing|of|serve|understand|execute) -> of
aware <(about|to|on|with|for)> (the|this|it|how|what|these|a|our|your|any|such|all|some) -> of
afraid <(from|about)> (the|making|a|using|this|breaking) -> of
regardless <(to|from|on|about|in)> (the|what|how|which|whether|your|where|who|a|this) -> of
<(inspite of|in spite|despite of|inspite)> (the|all|these|this|its|our|having|being|their|that|a|many|my) -> in spite of / despite
<according> (with|from|by) (the|a|our|this|their|his|your|to) -> according to
<in> (the other hand|the one hand|purpose,|behalf of|average,|demand basis) -> on
<on> (the meantime|the meanwhile|my opinion|our opinion|the long run|the first place|the end,|the beginning|the same way|this way|the case of|addition|order to|the process of|the near future|general,|the middle of|the last few|theory,|conclusion) (?!of the line) -> in
<at> (the other hand|the same way|the meantime|the meanwhile|the morning|the evening|the afternoon|the contrary|the future|the past) -> on / in !after peek peeks look looks looking glance glances
<in> the (?:weekend|same time)(?=[.,]) -> at
<in> (monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?(?=[ .,]) -> on
<at> (monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?(?=[ .,]) -> on
<(in|at)> (january|february|march|april|june|july|august|september|october|november|december) [0-9]{1,2}(?:st|nd|rd|th)?(?=[,.]| [a-z]|$) -> on
<(on|at)> (january|february|april|june|july|august|september|october|november|december)(?= (?:we|the|this|and|it|20[0-9][0-9]|last|of)\b|[.,]) -> in
<at> (20[0-2][0-9]|19[0-9][0-9])(?=[.,]| (?:we|the|and|i|with|when)\b) -> in
(released|published|started|founded|created|launched|introduced|written|began|back|happened|posted|announced|born|held) <on> (20[0-2][0-9]|19[0-9][0-9])(?=[.,]| (?:we|and|i|with|when)\b) -> in
<since> ((?:(?:almost|about|over|nearly|around|more than|at least) )?(?:two|three|four|five|six|seven|eight|nine|ten|twelve|several|many|a few|a couple of|some|[0-9]+|a|the last|the past) (?:two |three |few |couple of |several )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?))(?! ago\b)(?! (?:before|after|since|earlier|back|prior|old)\b) -> for !after ever it's
<during> ((?:two|three|four|five|six|seven|eight|nine|ten|twelve|several|many|a few|a couple of|[0-9]+) (?:seconds|minutes|hours|days|weeks|months|years)) -> for
(wait|waits|waited|waiting) <(to|at)> (the response|the server|a response|the result|input|him|them|results) -> for
look(|s|ed|ing) <(on)> (the (?:code|example|following|next|data|result|results|output|source|logs|documentation)|an example|some examples|this example|the numbers) -> at !after for
arriv(e|es|ed|ing) <to> (the|a|an|this|our|your) -> at
discuss(|es|ed|ing) <about> (the|a|this|how|what|it|our|these|that|whether) -> -
(explain|describe|suggest|recommend|propose|demonstrate)(s|d|ed)? <(me|us)> (how|what|why|that|the|a|to) -> {2} to {3}
(similar) <(with|as|than|from|of)> (the|a|what|how|this|that|other|our|your|it) -> to
identical <(as|than|from|of)> (the|a|what|this|that|each|other) -> to
equal <(with|as|than)> (the|a|zero|one|what|this|that) -> to
superior <(than|from|over)> (the|a|to|any|what|other) -> to
inferior <(than|from)> (the|a|any|what|other) -> to
prefer(|s|red) ([a-z]+ )<(than)> (the|a|using|[a-z]+ing) -> to
(same) (?:as )?<(like|with)> (the|a|in|before|what|for|we|you|our|this|with|any|other) -> as !after do all much feel look looks of
different <(of|as|like)> (the|what|how|other|any|that|a|our|usual|before|than|from|those|each) -> from
compl(y|ies|ied|ying) <(to|by|for)> (the|a|all|this|our|these|any|your|with|local|GDPR) -> with
agree(|s|d|ing) <(of|for)> (you|me|them|him|her|this statement|that statement|the author|us|the idea) -> with
familiar <(of|about|on)> (the|a|this|how|what|it|our|these|your|Rust|Go|Python|using) -> with
compatible <(to|of)> (the|a|all|older|existing|other|your|most|our|each|any|previous|this) -> with
satisfied <(of|about|for|from)> (the|this|how|what|our|my|your) -> with
deal(|s|t|ing) <(on|about|to|of)> (the|this|these|errors|it|all|such|those|many|large|how|a) -> with !after a the good big great
cop(e|es|ed|ing) <(up with|to|of)> (the|a|this|it|changes|large|with|more|all) -> with
contact <(with|to)> (us|me|the|our|him|her|them|your|support) -> - !after in into of the your with point any for eye first no
provide(|s|d) <(to|for)> (you|us|me|them) (a|an|the|with|more|some|all|new) (?=[a-z]+) -> with
(equip|equipped|provided|filled|associated|combined|paired|packed|bundled|integrated) <(of)> (the|a|an|all|many|some|new) (?=[a-z]+) -> with
prevent(|s|ed|ing) (the [a-z]+|you|us|users|people|them|it|attackers|anyone|[a-z]+[a-rt-z]s) <to> (@BASE|be|use|do|see|get|run|access|break|change|read|go) -> from
prevent(|s|ed|ing) <to> (@BASE|be|use|do|see|get|run|change|go) -> from
suffer(|s|ed|ing) <(of)> (the|a|this|from|poor|performance|many|some|high|slow) -> from
differ(|s|ed|ing) <(of|to|than|with)> (the|each|what|other|a|those|that|our|one) -> from
separate(d)? <(of|to|with)> (the|each|your|our|other|a|code) -> from
protect(|s|ed|ing) <of> (the|attacks|a|this|against) -> against
<in regards> to -> with regard
in <respect> (of|with) -> respect
<(in|at|from) my point of view of> -> from my point of view
in my point of view -> from my point of view
<on accident> -> by accident
<by> (purpose|mistakes)(?=[.,]| ) -> on !after the sorted
<in> (accident|mistake)(?=[.,]) -> by
<(off of)> (the list|this list|the main) -> off
good <in> (writing|programming|explaining|solving|handling|making|finding|coding|math|doing|English|teaching|designing) -> at
bad <in> (writing|programming|explaining|solving|handling|making|naming|coding|math|doing|estimating) -> at
<at> (the internet|the project page|my opinion|addition|order to|this way|this case) -> in / on
<on> (daily|regular|weekly|monthly|case-by-case|per-request) basis -> on a
look(|s|ing) forward <(for|on|at|in)> (the|your|seeing|hearing|working|it|meeting|what) -> to
congratulat(e|es|ed|ing|ions) <(for|about)> (the|your|this|their|making|winning|getting|finishing|shipping) -> on
(solution|answer|key|alternative|approach|attention|access|introduction|visit|contribution) <(of|on)> (this problem|the problem|the question|this question|the issue|the existing|rust,)(?= |[.,]) -> to
(advantage|disadvantage|drawback) <(on)> (this|using|the|that) -> of
(impact|effect|influence|emphasis|reliance) <(in|at)> (the performance|performance|how|users|compile times?|our users|developers|productivity|memory|the ecosystem|the community|latency|security|usability|quality) -> on !after the in will can may could would might
(on|in) <behalf> (the|our) -> behalf of
<in> behalf of -> on
return(|s|ed|ing) back <to>(?= ) -> to
(divide|divides|divided|split|splits|splitting|dividing|break|breaks|broken|separated|partitioned) (it |them |the [a-z]+ |this |the [a-z]+ [a-z]+ )?<in> (two|three|four|several|multiple|many|smaller|small|chunks|pieces|parts|different) (?!places|ways|cases|hours|days|weeks|releases|versions|different|months|languages) -> into !after lunch the
(convert|converts|converted|transform|transforms|transformed|translate|translates|translated|turn|turns|turned|converting|transforming|turning) (it |them |the [a-z]+ |this |a [a-z]+ )<in> (a|an|the|something|another) (?!single|way|few|future|end|first|same|process|loop|next|last|past|middle|background|following|case|similar|nutshell|second|row|safe|real|minute) -> into
<(of|for) the time being of> -> for the time being
up <until> now on -> until now
(with|by|without) <(the )?helps> of -> help
with the <helps> of -> help
in <the> (?=(?:other words|addition to)\b) -> -
in other <hands?>(?=[ ,]) -> on the other hand
<(in|at) (the )?first sight> -> at first sight
(at) <the> (least one|most one|best a) -> -
for <the> (?=(?:example|instance),) -> -
(in|at) <the> (?=(?:order that|order to)\b) -> -
"""

APOSTROPHE = r"""
<(dont|doesnt|didnt|isnt|arent|wasnt|werent|hasnt|havent|hadnt|couldnt|wouldnt|shouldnt|mustnt|neednt|aint|cant|cannt)> -> {1:nt}
(it|that|this|they|we|I|you|which|he|she|there) <wont> -> won't
<(youre|theyre|weve|youve|theyve|youll|theyll|itll|thatll|therell|youd|theyd|couldve|shouldve|wouldve|whats|thats|theres|heres|wheres|whos|hes|shes|yall)> -> {1:contraction}
<(im|ive)> (a|an|the|not|using|going|been|seen|had|sure|happy|trying|working|also|glad|excited|always|never|just|found|really|done|still|written|heard|used|very|so|looking|making|writing|running|here) -> {1:contraction}
^ <(its)> (?=[.!,]$) -> it's
<lets> (not )?(start|see|look|take|say|try|assume|go|begin|dive|talk|move|add|create|make|write|have|get|consider|imagine|run|build|check|explore|use|do|find|define|implement|put|walk|now|first|examine|continue|jump|break|open|compare|call|test|keep|be|suppose|change|turn|set)(?= ) -> let's !after which that it this he she and who also trait function library feature api system language
^ <lets> (start|see|look|take|say|try|assume|go|begin|dive|talk|move|add|create|make|write|have|get|consider|imagine|run|build|check|explore|use|do|find|define|implement|put|walk|now|first|examine|continue|jump|break|open|compare|call|test|keep|be|suppose|change|turn|set) -> let's
<(let's)> (you|us|me|users|developers|people|them|the|teams|everyone|anyone|programmers|it) (?=(do|use|build|write|create|see|run|add|make|choose|define|have|get|know|configure|specify|test|compiler|user|users|developer|programmer|be|go|deploy|set|easily|work)\b) -> lets
(which|that|it|this|feature|also|tool|library|function|API) <let's> (you|us|me|users|developers|people|them|the|teams|your|we) -> lets
<@SINGULAR's> (are|were|have|that|which|to|in|of|for|and|from|with|can|will|at|on|by|should|who)(?= ) -> {1:plural}
(these|those|many|several|few|all|some|two|three|four|five|multiple|most|various|other|new|both|different|lots of|hundreds of|thousands of|a lot of|more|hundred|dozens of) <@SINGULAR's>@END -> {2:plural} !after the each
(these|those|many|several|all|some|two|three|multiple|most|various|other|both|different|few) <(api|url|pr|cpu|gpu|vm|id|faq|ide|sdk|crd|cve|pdf|rfc|dsl|orm|cli|gui|uuid|json|sla|slo|pod|ngo|llm)'s>(?! (?:own|name)) -> {2}s !after the
<(api|url|pr|cpu|gpu|vm|faq|ide|sdk|crd|cve|pdf|rfc|dsl|orm|uuid|slo|llm)'s> (are|were|have|that are|which are)(?= ) -> {1}s
<(video|photo|repo|log|metric|span|trace|macro|trait|crate|struct|enum|blog|demo|memo|todo|info|bug|idea|thing|day|year|week|month|dev|doc|spec|config|test|release|talk|tip|tutorial|employee|company|photo|goal|thought|change|way|fix|reason|step|member|friend|customer|skill|book|car|kid|computer|laptop|stream|hour|minute|detail|benefit|improvement|commit|bugfix|workshop|meetup|sponsor|update|plan|build|need|mistake)'s> (are|were|have|to|of|that|which|can|will|in the|for the|for you|and (?:the|other|more)|from the|with the|should|like|such as)(?= ) -> {1}s
(these|those|many|several|all|some|two|three|four|multiple|most|various|both|different|few|hundreds of|thousands of|a lot of|lots of|last two|last three|past few|last few|next few) <(video|photo|repo|log|metric|span|trace|macro|trait|crate|struct|enum|blog|demo|todo|bug|idea|thing|day|year|week|month|dev|doc|spec|config|test|release|talk|tip|tutorial|employee|company|goal|thought|change|way|fix|reason|step|member|friend|customer|skill|book|car|kid|computer|laptop|hour|minute|detail|benefit|improvement|commit|workshop|meetup|sponsor|update|plan|build|need|mistake)'s>@END -> {2}s
(today|yesterday|tomorrow|tonight)<s> [a-z]+ -> 's
<(todays|yesterdays|tomorrows)> [a-z]+ -> {1:s}'s
(last|this|next) <(years|months|weeks|mondays|fridays|sundays|summers|winters)> (release|conference|post|survey|talk|edition|meeting|update|blog|version|event|meetup|episode|issue|workshop|theme|results|goals|report|roadmap|cohort|announcement|summit|work|schedule|keynote|budget|sprint|milestone|discussion|election|article) -> {2:s}'s
(my|your|our|their|his|her) <(friends|teams|companys|projects|bosss|wifes|husbands|colleagues|clients|employers|managers|users|customers|readers|authors|servers)> (house|name|blog|code|computer|laptop|website|feedback|needs|data|machine|machines|work|job|project|business|goal|goals|request|requests|config|configuration|time|experience|privacy|attention|expectations|browser|browsers|devices?|inbox|mission|roadmap|documentation|readme|repository|policy|values|success|members|culture)(?= ) -> {2:s}'s / {2}'
(the|each|every|a|an|this|that|another) <(users|developers|authors|readers|customers|compilers|functions|languages|projects|servers|companys|communitys|teams|clients|programs|systems|methods|librarys|kernels|crates|maintainers|speakers|browsers|attackers|peoples|childrens|womens|mens|components|tools|files|posts|modules|objects|machines|processs|worlds|organizations|countrys|governments|conferences|students|teachers)> (name|code|own|data|machine|computer|browser|input|needs|type|return|signature|behavior|behaviour|documentation|readme|website|home|password|email|session|privacy|location|perspective|point of view|body|arguments|state|source|maintainer|maintainers|goal|goals|history|device|attention|intent|experience|permission|permissions|choice|job|output|error|memory|size|contents|title|address|response|performance|success|standard library|biggest|largest|first|most|roadmap|README|api|logo|mission|repository|author|permission)(?= (?:is|was|and|or|to|in|of|has|for|are|on|with|that|can|will|should|as|by|from|must|when|at|into)\b|[.,;:!]) -> {2:s}'s
(two|three|four|five|six|ten|several|a few|few|many) <(years|weeks|months|days|hours)> (worth|experience|notice|time|work) (?=(of|in|to|with|at|on|as|and)\b|[.,]) -> {2}'
(a|one|the) <(years|weeks|months|days|hours|moments|minutes)> (worth|notice|work|delay|time|break)(?= ) -> {2:s}'s
(for|to|at|in|of) (everyone|everybody|someone|somebody|anyone|nobody)<s> (?=(code|work|own|time|needs|benefit|help|mind|sake|expectations|machine|life|attention|feedback|opinion|support|effort)\b) -> 's
<(everyones|everybodys|someones|somebodys|anyones|nobodys|elses|peoples|childrens|womens|mens|whos'|its'|her's|our's|your's|their's)>(?= ) -> {1:contraction}
<(its'|her's|our's|your's|their's|theirs's|hisself|theirselves|themself's)> -> {1:contraction}
(it|that|he|she|there|what|who) <(s)> (a|the|not|been|going|time|an|that|very|important|possible|also|really)(?= ) -> 's
(don|doesn|isn|didn|wasn|can|won|couldn|wouldn|shouldn|aren|haven|hasn) <t>(?= ) -> 't
"""

JOINED_WORDS = r"""
<(alot|atleast|aswell|infact|incase|eachother|everytime|noone|inorder|ofcourse|atmost|forexample|abit|aslong|inspite|alltogether|thankyou|highlevel|lowlevel|longterm|shortterm|upto|inbetween|alittle|allright|insted|anyother|evenif|evenso|insteadof|becauseof|wouldof|couldof|shouldof|sothat|suchas|rightnow|rightaway|apart of|in stead|with out|where as|mean while|never the less|none the less|more over|some how|every thing|every where|any where|no where|some where|them selves|it self|our selves|your self|him self|her self|my self|there fore|other wise|like wise|al though|when ever|who ever|who ever|in side|out side|through out|your selves|thru out|after wards|in deed|an other|to gether)> -> {1:joined}
"""

COMPOUND = r"""
(to|will|can|must|should|please|don't|let's|could) <(login|signup|setup|backup|checkout|shutdown|startup|rollback|lookup|cleanup|logout|rollout|breakdown|workaround|turnoff|signin|fallback|followup|buildup|pickup|catchup|dropdown|takeover|handoff|plugin|kickoff|layout|lockdown|popup|cutoff|printout|speedup|slowdown)> (the|a|an|to|your|our|with|this|it|and|for|in|on|all|some|these|that|their|new|from|as|by|via|using|my|what|every|any|how|only|more|by)(?= ) -> {2:phrasal} !after a of
(the|a|an|this|your|our|initial|easy|quick|basic|simple|complete|full|project|same|development|test|whole|local|my|daily|regular|automatic|first|new) <(set up|log in|sign up|back up|check out|roll back|clean up|work around|break down|speed up|slow down|start up|shut down)> (process|script|page|guide|procedure|instructions|code|step|steps|is|was|for|of|form|time|times|screen|button|task|tasks|job|jobs|strategy|plan|file|files|post|email|system|release|function|phase|program|and|that)(?= |[.,;:]) -> {2:closed}
"""

CAPITALIZATION = r"""
<(monday|tuesday|wednesday|thursday|friday|saturday|sunday|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays)> -> {1:capital}
<(january|february|april|june|july|august|september|october|november|december)> -> {1:capital}
(in|last|since|until|by|early|late|mid|this|next|of|during) <(march|may)> (20[0-9][0-9]|[0-9]{1,2}(?:st|nd|rd|th)?) -> {2:capital}
<(english|german|french|spanish|italian|chinese|japanese|russian|portuguese|european|american|british|canadian|indian|african|asian|australian|korean|dutch|brazilian|turkish|christmas|europe|germany|france|spain|italy|china|japan|russia|india|africa|asia|america|australia|canada|brazil|london|paris|berlin|tokyo)> -> {1:capital}
<(i'm|i've|i'll|i'd)> -> {1:capital}
(in|on|with|from|using|for|to|the|and|or|use|like|our|your|a|an|of|via|by|via the) <(javascript|typescript|github|gitlab|postgresql|mysql|mongodb|youtube|linkedin|wordpress|opentelemetry|facebook|microsoft|graphql|openssl|webassembly|stackoverflow|linux|python|java|ubuntu|debian|firefox|kubernetes|macos)>(?= [a-z]|[.,;:!?](?: |$)|$) -> {2:name}
"""

MISSING_COMMA = r"""
^^ <however> (we|I|they|there|this|these|our|he|she|my|it is|it was|it does|it's|in|for|most|some|when|since|because|with|not|after|if) (?=[a-z]) -> however, !after much no how far
^^ <(for example|for instance|in fact|in addition|as a result|on the other hand|in other words|of course|in conclusion|in contrast|moreover|furthermore|nevertheless|nonetheless|consequently|unfortunately|additionally|in general|first of all|last but not least|to be honest|as you can see|as we can see|as always|in my opinion)> (we|I|they|he|she|you|it|there|if|when|this is|these|our|my) (?=[a-z]) -> {1},
^^ <(yes|well|oh)> (we|I|you|it's|they|there is|you're|that's|this is)(?= ) -> {1},
"""
