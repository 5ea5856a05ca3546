# ruff: noqa: E501 - a line of a table stays one line
"""Pattern tables about single words and set phrases. The notation is explained in grammar_patterns.

Gathered from what writers of technical posts confuse; each line was kept only where its context leaves one reading.
"""

from __future__ import annotations

HOMOPHONES = r"""
<you're> (?!part|version|object|person|student|teacher|developer|user|author|engineer)@SINGULAR@END -> your
<there> @PLURAL@END -> their !after is are was were be isn't aren't wasn't weren't been out over in up down right from getting go going still already not put only sit once here of
<their> (happy|sure|ready|excited|glad|proud|aware|afraid|interested|willing) (?=(with|that|to|about|of|in)\b) -> they're
<its> worth [a-z]+ing -> it's
(@PLURAL|people) <where> (able|not|surprised|happy|added|made|used|written|released|also|very|already|still|excited|asked|told|moved|removed|changed|built|too|slow|fast|so|more|sent|given|found|created|fixed) -> were
<who's> (turn|house|account|computer|machine|responsibility|decision|choice|project|posts?|book|books|company|team|users|customers|members|author) (?!is|are)(?=[a-z]) -> whose
(old|new|whole|entire|main|our|the|this) <sight> (will|is|was|has|went|and its|where|that) -> site !after of at first
(to|can|you|we|I|they|could|should|would|must|not|don't|let's|please|always|never) <right> (a|an|the|code|your|tests|our|their|some|software|more|programs|documentation|unit|good|clean|another|blog) -> write !after is are was were it it's
(a|short|long|quick|coffee|lunch|next) <brake>(?= (?:helps|is|was|would|will|can)\b) -> break !after the hand parking emergency
(the|a|your|our|this|my|their) <hole> (team|process|thing|system|project|world|time|company|community|day|week|year|story)('s)? -> whole
# your, you're
<your> (welcome|going to|able to|not going|not alone|right that|ready to|free to|probably|doing|trying to|looking for|interested in|supposed to|wondering|willing to|allowed to|about to|in luck|done with|likely to|familiar with|good to go|all set|missing out|working on|running (?:a|an|the|into|on|out)|using (?:a|an|the|this)|getting (?:a|an|the|started)|writing (?:a|an|the)|building (?:a|an|the)|the one|the only|a (?!la)[a-z]+|an [a-z]+|welcome to) -> you're
if <your> (using|running|writing|building|working|looking|new to|not|like me|interested|a|an|the|going|still|already|trying|familiar|planning|on) -> you're
<your> (?=(welcome|right|wrong|done)[.,!]) -> you're
^ <you're> (code|project|team|app|application|data|own|website|blog|post|server|users|repository|machine|files|configuration|site|computer|browser|company|name|email|account|work|mind|life|job|time|life|program|database|browser|terminal|first|next|code's|tests|feedback|help|support|contributions|build) -> your
(in|on|of|for|with|to|from|about|all|into|over|using|by|improve|update|check|run|write|test|open|share|install|build|add|make|keep|use|get|save|change|move|know|at|and|through) <you're> (own|code|project|projects|team|app|application|data|website|blog|server|servers|users|repository|machine|files|configuration|site|computer|browser|company|name|email|account|work|time|job|program|programs|database|terminal|tests|feedback|dependencies|system|build|changes|cluster|pipeline|software|service|services|model|editor|choice|platform|device|organization|environment|library|post|posts) -> your
# its, it's
<its> (not|a|an|the|been|going|just|also|quite|pretty|been|still (?:a|an|the|not|very|in)|always (?:a|been|good)|never|simply|actually|probably|almost|already|supposed|about time|about to|all about|no longer|no (?!-)[a-z]+|becoming) -> it's !after of in with to for from at by on and about all into has had kept keep while despite under through without given behind within beyond
<its> (important|possible|impossible|hard|difficult|easy|easier|harder|better|nice|great|true|common|easy|necessary|essential|crucial|useful|helpful|likely|unlikely|clear|unclear|worth|good|best|okay|fine|safe|obvious) (to|that|if|because|when|enough)(?= ) -> it's !after of in with to for from at by on and about all into has had kept keep while under through within beyond tries try does do did trying
^ <it's> (own|contents|predecessor|maintainers|default (?:value|behavior)|internals) -> its
(in|on|of|for|with|from|about|into|by|to|at|through|over|under|within|despite|and|has|have|had|lost|loses|keeps|kept|changed|changes|updates|shows|because of|improve|increase|reduce|reached|reaches|celebrates|celebrated|all|both|between|did|does|made|makes|do|checks|returns|uses|gets|got|across|published|released) <it's> (own|name|value|values|contents|content|behavior|behaviour|performance|implementation|documentation|parent|children|default|source|dependencies|predecessor|arguments|output|input|size|author|purpose|state|users|first|second|third|next|last|job|data|code|memory|tests|limits|features|work|developers|community|maintainers|new|latest|logs|configuration|way|many|current|original|main|cache|settings|connection|core|API|files|version|owner|callers|fields|type|types|roots|goals|team|members|website|cost|release|popularity) -> its
<it's> (own|predecessor|implementation|internals|maintainers|dependencies|surroundings|users)@END -> its
# there, their, they're
<their> (is|are|was|were|isn't|aren't|wasn't|weren't|has been|have been|will be|should be|may be|might be|must be|would be|could be|can be|seems to|exists?|you (?:go|have|are)|'s) -> there
<they're> (is|are|was|were|will be|has been|have been|isn't|aren't)(?= ) -> there
<there> (own|users|code|team|teams|project|projects|data|website|blog|job|jobs|customers|application|applications|service|services|servers|employees|names|lives|families|systems|business|businesses|infrastructure|software|machines|opinions|experience|experiences|dependencies|tools|workflow|workflows|ideas|apps|computers|respective|company|companies|minds|favorite|community|configuration|products|browsers|editor|crates|contributions|goals)(?!,) -> their !after is are was were be isn't aren't wasn't weren't been out over in up down right from getting go going still already not put only sit
(of|with|in|for|to|on|by|from|and|share|use|write|improve|run|update|about) <there> (own|code|team|teams|project|projects|data|work|website|users|customers|application|applications|service|services|names?|systems?|needs|goals|machines?|effort|efforts|experience|tools?|ideas|source|computers?|company|configuration|products?|environment|environments|performance|posts?|dependencies|pipelines?|metrics|traces) -> their
<their> (not|going to|trying to|all (?:in|on|about|very|the same|part)|working on|looking for|using|now|both|able to|being|a|an|the|available|just|still|here) -> they're !after of in with to for from at by on about
^ <there> (using|trying|doing|working|able to|going to|looking|happy|supposed|allowed|written|making) -> they're
<they're> (own|code|team|teams|project|projects|data|work|website|users|customers|application|applications|services|servers|feedback|contributions|names?|job|jobs|software|systems|tools|time|effort|needs|goals|respective|ideas|experience|experiences)@END -> their
# then, than
(more|less|better|worse|rather|other|faster|slower|larger|bigger|smaller|greater|higher|lower|easier|harder|longer|shorter|older|newer|simpler|fewer|earlier|later|cheaper|safer|stronger|different|deeper|further|closer|nicer|sooner|lighter|richer|cleaner|quicker) <then> (a|an|the|this|that|those|these|it|its|you|we|I|they|he|she|any|before|ever|what|when|expected|usual|one|two|three|in|on|with|our|your|their|my|most|just|using|having|others?|doing|to|writing|anything|ten|five|many|all|[0-9]+) -> than
(more|less|better|worse|faster|slower|larger|bigger|smaller|higher|lower|easier|harder|longer) [a-z]+ <then> (a|an|the|this|that|before|any|ever|expected|usual|most|[0-9]+|you think|our|your|in the) -> than
(rather|other|more|less|no) <then>(?= ) -> than
^ <than> (we|you|I|they|it|run|click|open|install|add|create|type|start|the) (?=(can|will|should|could|would|need to|have to|must)\b) -> then !after more less better worse rather other faster slower larger bigger smaller greater higher lower easier harder longer shorter older newer simpler fewer earlier later cheaper safer different deeper further closer sooner likely complex powerful important difficult expensive what else
(and|first) <than> (we|you|run|click|open|install|add|create|type|start|restart|use|call|press|select|go|went|ran|it (?:is|was)|came|added) -> then
(since|back|by|until|just|right) <than>(?=[ .,;]) -> then
# affect, effect
(has|have|had|having|no|any|an|the|a positive|a negative|a big|a huge|big|huge|side|little|great|good|bad|same|real|direct|immediate|positive|negative|opposite|desired|long-lasting|lasting|profound|significant|net|domino|ripple|knock-on) <affect(|s)>@END -> effect{2}
(can|will|may|might|could|would|should|must|not|to|doesn't|don't|didn't|won't|also|negatively|positively|directly|adversely) <effect> (the|your|our|their|its|how|other|you|us|them|all|any|this|these|those|performance|only|users?|people|every|everyone|many|some|my|both|everything|users') -> affect
(was|were|is|are|been|be|being|not|negatively|adversely|directly|badly|most) <effected> (by|the) -> affected
(it|this|that|which|bug|issue|change|problem|also|directly) <(effects|effected)> (the|your|our|their|all|you|us|them|only|how|every|any|many|everyone) -> affect / affected
# lose, loose
(to|will|would|can|could|might|may|not|don't|doesn't|didn't|won't|never|you|we|they|I|you'll|we'll|could|easily|they'll|I'll|and|or|let's|us|you'd|we'd) <loose> (the|your|our|their|his|her|its|my|data|track|time|sight|control|focus|interest|money|any|all|some|patience|messages|access|information|events|more|less|a lot|much|everything|anything|it|context|performance|precision|them|what|this|that|momentum|a|an|users|customers|faith|trust|hope|confidence) -> lose
<(loosing|looses)> (the|your|our|their|its|my|data|track|time|sight|control|focus|interest|money|any|all|some|messages|access|information|more|much|everything|it|context|performance|precision|a|an|users|customers|them) -> losing / loses
(without|of|from|by|avoid|are|is|were|was|keep|kept|started|stop|risk|about|be|been|for) <loosing> -> losing
# to, too, two
(is|are|was|were|be|it's|that's|far|not|got|seems|become|became|getting|'s|isn't|aren't|wasn't) <to> (big|small|large|slow|hard|difficult|long|late|early|complicated|complex|expensive|easy|high|low|often|fast|heavy|strict|verbose|simple|short|old|new|good|bad|noisy|busy|vague|broad) -> too
(have|has|had|with|take|takes|took|there|makes|make|see|using|use|after|waiting|for|far|way|put|adds?|spent|spend|asks?|in|created?|used?) <to> (many|much|few) -> too
<too> (be|make|get|have|use|see|run|add|create|build|write|help|find|give|keep|learn|read|show|the|a|an|this|that|our|your|their|my|it|them|you|us|ensure|allow|avoid|improve|understand|support|handle|provide|install|go|fix) -> to !after me
(the|these|those|first|last|other|only|between|of|has|have|with|into|in|are) <(to|too)> (things|ways|options|kinds|types|main|different|parts|files|reasons|weeks|days|years|months|versions|new|people|steps|modes|more|or three|of (?:them|us)) -> two
# were, where, we're
(this is|that is|that's|know|place|places|case|cases|situation|situations|point|see|show|shows|from|find|decide|exactly|somewhere|ones?|area|areas|way|everywhere) <were> (the|you|we|it|I|they|a|an|to|our|your|this|these|most|there) -> where !after if as though
<were> (to (?:find|start|go|look|put|begin)|do|does|did|can (?:i|we|you)|should (?:i|we|you)) -> where !after if we you they i there who which that
(we|you|they|there|these|those|who) <where> (able|not|going|using|trying|happy|surprised|added|made|told|given|always|only|all|also|very|in|on|at|looking|working|still|already|just|so|more|two|three|many|several|some|no|made|released|used|written|excited|born|forced|asked) -> were
^^ <were> (going to|happy to|excited to|proud to|pleased to|glad to|looking for|working on|always looking|thrilled to|hiring|planning to|currently|here to|delighted to|about to)(?= [a-z]+) -> we're !after we you they there that which who people these those where what and users developers members maintainers contributors i he she it us some many most of engineers things companies teams if also all
^ <where> (happy|excited|proud|pleased|glad|going to|hiring|thrilled|delighted|looking forward) -> we're
# who's, whose
<who's> (code|name|job|goal|task|purpose|data|work|value|values|members|types?|fields?|parents?|first|main|only|contents?|role|responsibility|tests|names|output|length|implementation|fault|idea)(?! (?:is|are)\b) -> whose
<whose> (going|been|not|a|an|the|using|interested|responsible|in charge|who|working|ever|new|willing|able|there|behind|also) -> who's
# whether, weather
<(weather|wether)> (or not|to|it|you|we|they|the|a|an|this|that|your|there|I|he|she|any|something|someone|people|users|our|these) (?!(?:forecast|report|app|data)\b) -> whether !after the good bad nice of this that hot cold sunny rainy
(know|wonder|wondering|see|check|decide|ask|asked|determine|tell|sure|matter|question|consider|checks|knows|depends on|depending on) <weather> -> whether
# accept, except
<(all|everything|everyone|nothing|nobody|anything|every one|none) accept> (?=(for|the|that|one|when|in|those|this)\b) -> {1} except
(will|would|can|to|not|must|should|could|don't|doesn't|didn't|won't|only|gladly|and|we|I|please) <except> (the|your|our|their|a|an|any|this|that|contributions|it|patches|requests|pull|all|new|arguments|input|values|only|more|proposals|applications|submissions|both|multiple) (?=[a-z]+) -> accept !after all everything nothing
<(excepts|excepted)> (a|an|the|any|only|two|three|one|both|either|by) -> accepts / accepted !after present company
# passed, past
(in the|the|for the|over the|during the|within the) <passed> (few|year|years|month|months|week|weeks|two|three|several|decade|couple|day|days|six|five|four|ten|[0-9]+) -> past
(it|is|was|has|have|had|were|got|get|being|be|been|are|gets|not) <past> (to (?:the|a|an|it|this|our|your|them)|as (?:a|an|the)|by (?:value|reference)|through (?:the|a|an)|into (?:the|a)|all (?:tests|checks|the)) -> passed
(in|at|the) <passed>(?=[.,;]) -> past
# principal, principle
(the|a|our|my|their|his|her) <principle> (engineer|engineers|developer|developers|reason|reasons|author|authors|component|components|investigator|architect|architects|designer|maintainer|software|consultant|scientist|cause|difference|goal|way|source) -> principal
<principle> (engineer|developer|architect|software engineer|investigator|component analysis|consultant|scientist|maintainer) -> principal
(in|guiding|design|basic|first|core|key|of|general|same|underlying|this|these|following|main|fundamental|important|certain|several|some|unix) <principal(|s)>@END -> principle{2}
# lead, led
(has|have|had|it|eventually|quickly|finally|ultimately|discussion|finding|problem|decision) <lead> (to|us|me|them|him|her) (?!to\b)(?=[a-z]+) -> led !after could would might may can will to should not does did do must these those
(was|were|been|being|effort|project|team|is) <lead> by -> led
# quite, quiet
<quiet> (a|an|the|good|nice|easy|simple|hard|difficult|different|often|well|some|like|similar|useful|large|small|big|common|fast|slow|happy|sure|clear|possible|likely|popular|powerful|complex|complicated|long|right|straightforward|interesting|new|impressive|expensive) -> quite !after the be keep stay kept stayed very a more too remain
(not|is|are|was|were|it's|we're|I'm|seems|looks|became|worked|works) <quit> (a|easy|simple|hard|well|different|common|good|useful|sure|as|nice|often|happy|difficult|similar|interesting|clear|small|large|popular|powerful) -> quite
# know, now, no
(I|we|you|they|to|don't|already|didn't|us|let me|let us|me) <(now|no)> (that|what|how|why|where|if|whether|who|which|about|the|of|each|it's|exactly) -> know !after is are was were has have had right say need can will just
^ <know> (we|you|I|it|let's|let us|that we|that you) (can|have|need|will|are|is|run|see|look|add|get) -> now !after you i we they to don't
(there is|there are|there's|have|has|had|with|is|in|of|are|make|makes|made|sees?|got|get) <know> (way|reason|need|longer|other|more|idea|problem|one|doubt|matter|point|sense|such|difference|good|known|code|bugs|errors|time|chance|guarantee|support|plans) -> no
# here, hear
(to|can|you|we|love to|let us|didn't|don't|ever|often|could|would|want|always) <here> (from|about|what|your|you|that|it|of|the|more|how|him|her|them|a lot) -> hear !after is are was
(right|over|is|are|from|click|look|see|come|came|up) <hear>(?=[.,!:]) -> here
# write, right
(to|can|will|you|we|I|they|could|should|would|must|not|don't|let's|and|they) <right> (a|an|the|code|your|tests|our|their|some|software|more|it|this|programs|documentation|about|to|down|in|my|unit|his|her|good|clean|any|all|async|blog|posts|another) (?=(?:[a-z]|rust|go|python|c)) -> write !after is are was were it it's
<(write|rite)> (away|now|after|before)(?=[ .,]) -> right
(the|a|all) <(write|rite)> (way|thing|tool|choice|place|time|direction|answer|approach|people|tools|things|place|order|side|hand|question|questions|type|path|version|solution|track|decision|fit|moment|balance) -> right
# site, sight, cite
(web|the|this|our|your|project|blog|documentation|static|main) <sight> (is|was|has|generator|visitors|map|will) -> site
(lose|lost|in|at first|losing|plain|catch|of|first|hind|out of) <site>(?=( of\b|[.,;]|$)) -> sight !after the on this our your a
(web) <(sight|cite|sights|cites)> -> site / sites
# by, buy; new, knew; bare, bear; peak, peek, pique
(to|will|can|you|we|could|and|not|people|customers|would) <by> (a|an|some|our|your|new|one|more) (new|laptop|license|computer|book|car|house|product|products|ticket|tickets|copy|hardware|machine|server|servers|software|subscription|phone|domain|certificate) -> buy
(I|we|you|they|he|she|nobody|everyone|already|who|always|never|one|it|people) <new> (that|what|how|about|the|it|where|why|who|which|nothing|exactly|we|this|very|from|something|everything|little|better|i) -> knew !after are is were was bring brought add create some
<(bare|beer)> (with (?:me|us)|in mind|the (?:cost|burden|risk|brunt|responsibility)) -> bear
<bear> (metal|minimum|bones|essentials|necessities) -> bare
(a|quick|sneak|another|to|take a|little|brief) <(peak|pique)> (at|into|inside|under|behind|preview) -> peek
(at|its|of|the|reached|during|reach|hit) <peek> (performance|hours|load|memory|usage|traffic|times?|throughput|demand|of|in|at|season|rate) -> peak
<(peaks?|peaked|peeked|peeks?|peaking|peeking)> (my|your|our|their|his|her|the) (interest|curiosity|attention) -> pique / piqued / piques
# others
<(complement|compliment)> (?=(you|them|him|her|us|the team|everyone) (on|for)\b) -> compliment
(nicely|well|to|will|can|and|that|which|perfectly|fully|tools|features|they|these) <compliment(|s)> (the|each|existing|our|your|their|other|its|this|it|these) -> complement{2} !after i we you want thank like
(a|perfect|nice|good|great|the|excellent|full|natural|useful) <compliment> to (the|our|your|their|its|existing|it|other|this) -> complement
<(break|breaks|breaking)> (pedal|fluid|pads) -> brake
(will|can|could|would|may|might|to|not|don't|doesn't|didn't|won't|cannot|never|and|must|should|that|which) <brake(|s)> (the|your|our|existing|code|things|builds?|compatibility|backwards?|everything|it|any|if|when|this|all|some|out|down|something|anything) -> break{2}
<braking> (change|changes|the|your|our|existing|compatibility|down|it|things) -> breaking
(a|short|take a|coffee|lunch|long|quick|needed a) <brake>(?=[.,;]| (from|to|in|and|between|after|before)\b) -> break !after the hand parking emergency
<peace> of (code|software|advice|text|data|information|cake|work|software|hardware|documentation|the puzzle|functionality|paper|content|infrastructure|news) -> piece
<piece> of mind -> peace
(the|a|an|this|whole|one|each|every|another|first|last|next|important|missing|final|single|small|key) <peace> (of|that|to this|is) (?!mind) -> piece !after of
<threw> (the|a|an|this|our|your|all|which|each|it) (?=(?:process|code|steps|whole|list|years|file|files|documentation|docs|tutorial|changes|API|tests|loop|proxy|network|firewall|interface|command|configuration|data)\b) -> through !after i we you they he she it that and which code error function method
(go|goes|going|went|gone|walk|walks|walking|run|runs|get|getting|look|looking|looked|read|reading|pass|passes|passed|passing|work|worked|working|break|all the way|iterate|iterates|loop|loops|step|scroll|search) <(threw|though|trough)> (the|a|an|this|our|your|all|it|each|every|some|these|those|that|them|his|her|my|several|what|how|which|of|and) -> through
(a|very|more|most|our|his|her|their) <through> (explanation|review|investigation|analysis|understanding|look|examination|audit|description|introduction|tests?|testing) -> thorough
even <through> (it|we|the|you|this|they|there|I|that|a|our) -> though
(as) <(through|thought)> (it|we|the|you|they) (?=(was|were|is|are|had|has)\b) -> though
<though> (the|a|an) (course|use|lens|help|eyes|years|process|combination|roof|whole|entire) -> through
(I|we|you|they|he|she) <(though|tought)> (that|it|about|the|this|we|of|it'd|it's|i) (?=[a-z]+ ?) -> thought !after even as though and but
<(advise)>(?= (?:is|was|on|about|from|for|of)\b|[.,;]) -> advice !after to i we you they would can not and also strongly will please don't should that must must who
(some|any|good|bad|my|of|this|that|helpful|great|the|piece of|useful|general|best|more|for|her|his|your|our|legal|practical) <advise>(?=[ .,;:!?]) -> advice
(to|would|I|we|can|not|strongly|they|experts) <advice> (you|against|that|to|users|people|on|everyone|him|her|them|me|us) -> advise !after the some any good of my his your listen thanks
(take|took|deep|hold|a|your|of|out of|fresh|their|my) <breathe>(?=[ .,;!]) -> breath !after to and can
(to|can|cannot|can't|could|not|they|us|you|we|room to) <breath>(?=[.,;!]| (again|new|easier|easily|freely|through)\b) -> breathe
<aloud> (to|by|us|me|you|in|for|on|only) -> allowed !after read said say think thinking thought out spoken speak
(is|are|was|were|be|been|not|isn't|aren't) <aloud>(?=[.,;]| to\b) -> allowed
<(bored|border)> of directors -> board
of <coarse>(?=[ .,!;]) -> course
<(coarse)> (of (?:action|the|this|our)|correction|material) -> course !after very too more
(the|city|town|of|student|advisory|governing) <counsel> (of|members?|meeting|has|decided|voted|approved) -> council
(the|a|this|our|my|in|whole|key|important|leading|significant|major|vital|big|crucial|central|active|no|different|new) <roll> (of|in (?:the|our|this|your|making|how|a)|model|models|as|that|is to)(?= ) -> role
(user|access|different|new|these|those|their|several|multiple|various|our|leadership|important|key) <rolls> (and|in|of|are|can|have|for|within|that) -> roles
(the|a|your|our|in a|this) <hole> (process|team|thing|system|point|project|file|world|time|program|new|application|set|stack|cluster|story|lot|community|day|week|year|database|idea|code|point|list) -> whole
(as a|on the) <hole>(?=[ .,;]) -> whole
(a|per|last|next|this|every|each|the|one|two|few|once a) <weak(|s)> (ago|of|later|after|before|in|on|we|long|since|when|and a half) -> week{2}
(two|three|four|five|six|several|few|many) <weaks>(?=[ .,;]) -> weeks
(a|the|very|too|some|of|is|are|was|security|real) <week> (point|points|reference|references|link|spot|spots|password|passwords|pointer|pointers|encryption|signal|typing|type system|consistency|symbols?) -> weak
<witch> (is|are|was|were|can|will|has|have|means|makes|allows|one|version|would|should|could|we|you|it|the|lets|helps|in turn|one) -> which !after the a good bad wicked
(in|of|from|for|with|to|at|on|by|through|about|during|after|under) <witch>(?= ) -> which
(can't|cannot|can not|to|please|just|don't|will|have to|must|we|you|and|users|should|hardly) <weight> (for|until|to|a|any|and see|till|while) (?=[a-z]+) -> wait !after the by and of in
<waist> (of|time|your|our|money|memory|resources|cycles|space|a lot) -> waste !after the his her your around from
(to|not|don't|without|you|we|will|can|would|doesn't|and) <waist> -> waste !after the at
(the|team|company|staff|high|boost|low|our|their|good|team's) <moral>(?= (is|was|of the (?:team|staff)|boost|high|low|up|among|and productivity)\b) -> morale
<(personnel)> (data|information|blog|opinion|projects?|website|computer|computers|experience|preference|favorite|computer|use|note|account|accounts|view|site|touch|goal|assistant) -> personal
(the|all|military|key|medical|security|technical|support|of|trained|authorized) <personal>(?=[.,;]| (are|were|have|must|only|should|who)\b) -> personnel
<(formally)> known as -> formerly
<(discreet)> (steps?|values?|events?|units?|logarithms?|math|mathematics|components?|parts?|GPUs?|graphics|time|optimization|pieces|stages) -> discrete
(must|has to|always|should|will|can|to|not|that) <(proceed)> (the|a|an|it|each|every|its)(?= ) -> precede
<stationary> (shop|store|supplies) -> stationery
<stationery> (point|points|distribution|process|phase|object|bike|car) -> stationary
(my|our|your|their|this|the) <(cloths)>(?=[ .,]) -> clothes
<(whether|wheather)> (forecast|station|report|conditions|outside|app)(?= ?) -> weather
(the|good|bad|nice|cold|hot|sunny) <whether>(?= (is|was|in|today|forecast|outside|this)\b|[.,]) -> weather !after on of about question
<sense> (version [0-9]|the beginning|[0-9]{4}|last (?:year|week|month)|then|we (?:started|launched|released|began)) -> since
(makes?|made|make|making|common|in a|no|in some|a|perfect|much|more|any) <since>(?=[.,;:!]| (to|for|of|that|in|because|when|if|here)\b) -> sense !after ever long has been
<steel> (the|your|our|data|passwords|credentials|money|a|someone|cookies|tokens|work|information|secrets|ideas|from|time|it|their) -> steal !after the of stainless with made a in
<(sell)>(?= (phone|phones|tower|towers|division|biology|membrane)\b) -> cell
<four> (the|example|instance|this|our|your|more information|a while|us|you|me|them|all|now)(?= |[.,]) -> for !after of the all these those first last in to at
<(pole)> (the (?:server|API|endpoint|queue|database|status|device|service|kernel)|every|for (?:changes|updates|messages)|(?:was|is) conducted) -> poll
<(reign)> in (the|on|our|your|a) (?=[a-z]+) -> rein !after the his her their its long during
<(reins?|rein)> (supreme|of (?:terror|error)) -> reign
free <(reign|rain)> -> rein
<(vein)> (?=(attempt|attempts|hope)\b) -> vain
in <(vein|vane)>(?=[.,;]) -> vain !after same similar this that
<(vary)> (useful|good|easy|hard|nice|simple|important|much|long|fast|slow|small|large|big|well|happy|different|difficult|few|common|similar|helpful|powerful|interesting|complex) -> very
(can|may|will|might|to|results|that|which|not|these|they|prices|times|numbers|significantly) <very> (widely|by|between|greatly|depending|from|across|based|with|in (?:size|length|quality|shape)) -> vary
<(wonder|wander)> (around|off|through|about in|aimlessly) -> wander
(I|we|you|to|might|may|people|sometimes|always|often|ever) <wander> (if|why|how|what|whether|about the|where|who) -> wonder
(I|we|was|were|been|you're|I'm|are|you|people) <wandering> (if|why|how|what|whether|where|who|which) -> wondering
(the|a|its|their|my|our|this) <soul> (purpose|reason|maintainer|author|developer|owner|responsibility|exception|contributor|goal|focus) -> sole
<(ensure|assure)> against (loss|risk|theft|damage) -> insure
(to|will|must|should|and|please|can|tests|checks) <insure> (that|the|your|our|we|it|you|correct|all|this|consistency|compatibility|there|each|a|everything|every|its|proper|good) -> ensure
<adverse> to (?=(risk|change|the|using|that)\b) -> averse
<averse> (effects?|impact|reaction|conditions|consequences|event|events) -> adverse
(i|we|you|they|also|would|can|will|could|not|to) <elude> to (the|a|this|that|it|how) -> allude
<(illicit)> (feedback|responses?|a response|opinions|requirements|comments) -> elicit
(the|an|user|users|data|memory|of|any|its|your|our|their|no|full|have|has|had|get|gets|gain|gained|direct|easy|random|remote|need|want|root|lose|grant|give|gives|gave) <excess> to -> access
<assess> to (the|your|our|a|all|data|this|their) -> access
<(dessert)>(?= (island|storm|heat|climate)\b) -> desert
<duel> (boot|booting|core|license|licensed|licensing|stack|screen|monitors?|purpose|mode) -> dual
(is|are|was|were|be|the|of|an?|very|most|at) <(eminent)> (danger|threat|release|failure|collapse|future|attack) -> imminent
<every day> (use|life|work|tasks?|problems?|users?|people|tool|tools|needs|language|usage|programming|development) -> everyday
(an|the|our|his|her|their|my|your) <every day> [a-z]+ -> everyday !after on of for in
<everyday>(?=[.,!;]| (we|i|and (?:we|i)|for (?:the|a)|i'm|you|they|at|since)\b) -> every day !after the of an our his her their my your most
<(may be)>(?= (you|we|it's|this is|that's|there is|there's|one day|i|they|the (?:best|most|biggest) [a-z]+ is)\b) -> maybe !after it this that there they which he she i we you who what these those and or
(it|this|that|there|which|they|these|you|we|he|she|who|what) <maybe> (a|an|the|possible|useful|necessary|that|in|worth|used|too|better|easier|more|due|because|some|helpful|needed|time|hard|difficult|tempted|able|wondering|familiar|interested|surprised) -> may be
<allot> of -> a lot !after to and we will can i they
<(all ready)> (been|have|has|had|exists?|know|there|in|done|using|added|merged|released|available|working|supports?) -> already !after are we're they're were is be
<(all together)>(?= (different|separate|removed|new|avoided|wrong|too)\b|[.]) -> altogether !after them us put come came bring brings work working tie put it everything this getting fit and held brought pull pulled were we
"""

EGGCORNS = r"""
for all intensive purposes -> for all intents and purposes
(all|to) intensive purposes -> all intents and purposes
case (and|in) point -> case in point !after this another good perfect excellent a the that prime
case and point -> case in point
deep[- ]seeded -> deep-seated
escape goat -> scapegoat
nip (it|this|that|them|things|the problem) in the <butt> -> bud
one in the same -> one and the same
tow(|s|ing|ed) the (company|party|corporate )?line -> toe{1} the line
(baited) breath -> bated breath
beck(on)? call -> beck and call
beckon call -> beck and call
extract revenge -> exact revenge
first come,? first serve(?![a-z]) -> first come, first served
hunger pains -> hunger pangs
(make|made|makes|making) do?ue (?=with|without) -> {1} do
mak(e|es|ing) <due> with -> do
made <due> with -> do
mute point -> moot point
old-timers'? disease -> Alzheimer's disease
on tender ?hooks -> on tenterhooks
pass(|es|ed|ing) <mustard> -> muster
slight of hand -> sleight of hand
statue of limitations -> statute of limitations
tongue and cheek -> tongue in cheek
(wet|wets|wetting) (your|my|their|the|our|his|her) appetite -> whet {2} appetite
(without|with no) (further|much|more) <(adieu|due|a due)> -> ado
worse (comes|came|come) to <worse> -> worst
(wreck|wrecks|wrecked|wrecking|reek|reeks|reeked|reeking|reap|reaps) havoc -> wreak havoc
irregardless(| of) -> regardless{1}
dog(gy|gie) dog world -> dog-eat-dog world
do diligence -> due diligence !after we i they you please
give up the goat -> give up the ghost
scott? free -> scot-free
(scotch|scott) free -> scot-free
hand and hand -> hand in hand
lack ?toast -> lactose
low and behold -> lo and behold
(might|may) <(minus|mine as|just aswell)> well -> as
(minus|mine as|mind as) well (just|be|use|do|go) -> might as well
mine as well -> might as well !after is was were of not are
taken? for <(granite|granted it)> -> granted
take(|s|n) (it|this|them|things|that) for <granite> -> granted
(tie|ties|tied) (me|us|you|them|him|her) <over> (until|till|for|while) -> tide {2} over
un(chartered) (territory|territories|waters|water) -> uncharted {2}
vocal <(chords|cord)> -> cords
whoa is me -> woe is me
worth it's weight -> worth its weight
wrapped attention -> rapt attention
all for <(not|knot)>(?=[.,;!]) -> naught
at a <lost>(?=[.,;!]| (for|as|how|what)\b) -> loss
(bad|bum) <wrap>(?=[.,;!]| (for|from|because|in)\b) -> rap
bear-bones -> bare-bones
by (and|in|enlarge) large -> by and large
by enlarge -> by and large
(eek|eeks|eeked|eeking|eak) out -> eke out
by the waste ?side -> by the wayside
(flush|flushes|flushed|flushing) out (the|these|those|this|our|some|more) (details|idea|ideas|design|proposal|plan|story|api|concept|spec|specification) -> flesh out {2} {3}
one (foul|fail|fowl|full|felt) swoop -> one fell swoop
(is|are|was|be|not|a|completely|make it) <full[- ]proof> -> foolproof
gone array -> gone awry
heart[- ]rendering -> heart-rending
just desserts -> just deserts
nerve[- ]wrecking -> nerve-racking
once (and a ?while|in awhile|and awhile) -> once in a while
out of <(sink|sinc|synch)> (with|and|between|when|again) -> sync
in <(sink|sinc)> with -> sync
play(|s|ed|ing) it by <year> -> ear
(pour|pours|poured|pouring) over (the|these|those|every|his|her|our|my|your|their|all) (data|logs?|code|documentation|docs|books?|manuals?|results|details|source|specification|specs?|papers?|numbers|text) -> pore over {2} {3}
right of passage -> rite of passage
(hard|tough|long) road to hoe -> {1} row to hoe
(run|runs|ran|running) the <(gambit|gambut|gauntlet of)> (of|from) -> gamut
self of steam -> self-esteem
<shoe[- ]in> (for|to|as) -> shoo-in
signal(|s|ed|ing) out (?=(the|a|one|any|this|specific|individual|each)\b) -> single{1} out
(trite|tried) and <(trew|through|tried|trued)> -> true
trite and true -> tried and true
(visa|vice|vise) <versus> -> versa
(visa|vise)[- ]versa -> vice versa
whole nother -> whole other
all of the sudden -> all of a sudden
(as|in) <per say> -> per se
per say -> per se
persay -> per se
per-say -> per se
in another words -> in other words
in others words -> in other words
mid-evil -> medieval
hard[- ]fast rule -> hard-and-fast rule
(spurt|spear) of the moment -> spur of the moment
step(|s|ped|ping) up to the <(plat|plait|place)> -> plate
(touch) <bass> with -> base
(touch|touched|touching) bass(?= |[.,]) -> {1} base
(shed|shedding|sheds) some? ?<lite> on -> light
sort(a|er) speak -> so to speak
steak(|s) (a|our|your|their) claim -> stake{1} {2} claim
(at|is at|are at|what's at|what is at|lot at|much at) <steak>(?=[ .,;!?]) -> stake
(strike|strikes|struck|hit|hits|touch|touched) a <cord>(?= |[.,]) -> chord
tender[- ]?hooks -> tenterhooks
through the ringer -> through the wringer
(put|puts|putting) (it|us|them|me|the code) through the <ringer> -> wringer
(wait|waiting|waited|waits) with <(baited|abated)> breath -> bated
pre-?Madonna -> prima donna
expresso (machine|shot|coffee)?(?=[ .,;]) -> espresso
supposably -> supposedly
supposively -> supposedly
undoubtably -> undoubtedly
unequivocably -> unequivocally
(hence) <why> (we|I|you|they|the|it) -> hence
reason (is|was) <because> -> that
could care less -> couldn't care less
(a|an|any|the) <blessing in the skies> -> blessing in disguise
blessing in the (skies|sky) -> blessing in disguise
nip it in the bug -> nip it in the bud
pedal(|s|ed|ing) (its|his|her|their|your|our) wares -> peddle{1} {2} wares
back-?peddl(e|es|ed|ing) -> backpedal
on the same <paige> -> page
leaps and <bonds> -> bounds
(cutting|leading|bleeding) <hedge> -> edge
rule of <thump> -> thumb
tip of the <ice berg> -> iceberg
in the <mist> of -> midst
in our <mist>(?=[.,]) -> midst
state[- ]of[- ]the[- ]<arc> -> art
(cream|create) of the <crops> -> crop
peak your (interest|curiosity) -> pique your {1}
(jump|jumped|jumping|get|got|hop|climb) on the <(band wagon|bandwagen)> -> bandwagon
by the <skin of our tooth> -> skin of our teeth
"""
