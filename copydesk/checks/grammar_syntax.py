# ruff: noqa: E501 - a line of a table stays one line
"""Pattern tables about how words go together. The notation is explained in grammar_patterns.

Precision first: a line asks for a clause start, a closed list of words or a context that leaves one reading.
"""

from __future__ import annotations

SUBJECT_VERB = r"""
^ (the|these|those|our|my|many|most|some|several|all|both|new) @PLURAL <@ANYTHIRD> -> {3:base} !after of for with in on each and from to about one at or between
^ (the|these|those|our|my) (new|old|other|main|first|last|remaining|existing|different|current|best|two|three|four) @PLURAL <@ANYTHIRD> -> {4:base}
(people|those|users|developers|readers|engineers|teams) who <@ANYTHIRD> (?=[a-z]) -> {2:base} !after of one
<this> @PLURAL (are|were|have) -> these {1} {2}
^ (the|this|each|every|our|a) @SINGULAR <(cause|need|help|show|handle|return|start|want|take|give|make|use)> (the|a|an|two|three|four|many|more|your|our|all|this|us|you) -> {3}s !after that whether unless if
^ (the|this|each|every|our|a|my) (single|new|old|whole|other|second|first|next) @SINGULAR <(cause|need|help|show|handle|return|start|want|take|give|make|use|provide|allow|contain|require)> (the|a|an|two|three|four|many|more|your|our|all|this|us|you) -> {4}s !after that whether unless if
^ (it|he|she) <(take|cost|need|help|come)> (about|around|some|several|two|three|ten|only|more|less|much) -> {2}s !after that whether unless if
one of (the|our|my|these|those|their|your) [a-z]{2,12}est <@SINGULAR>@END -> {2:plural}
# pronouns with be, have, do
^ (we|they|you) <(was|is)> -> were / are !after and or
^ (we|they|you) <wasn't> -> weren't
^ (we|they|you) <isn't> -> aren't
^ I <(is|are|were)> -> am / was !after if as wish though
^ (he|she|it) <(are|were)> -> is / was !after if as wish though unless whether than
^ (he|she|it) <(aren't|weren't)> -> isn't / wasn't !after if though
^ (he|she|it) <have> -> has
^ (we|they|you|I) <has> -> have
(we|they|you|I) <(hasn't)> -> haven't
(he|she|it|this|everyone|everybody|nobody|somebody|someone) <don't> -> doesn't !after did do does make makes of let
(we|they|you|I|people|users|developers|these|those|who we) <doesn't> -> don't
^ (these|those) <(is|was)> -> are / were
^ this <(are|were)> -> is / was !after if though as
(everyone|everybody|everything|someone|somebody|nobody|no one|anything|nothing|each one|something) <(are|were|have)>(?! (?:to|been given)\b) -> is / was / has !after does did do can will would should could may might must let make for if of having
(everyone|everybody|someone|somebody|nobody|no one) <(want|need|like|know|understand|agree|seem|think|love|use|see|get)> (the|a|to|that|it|what|how|this|our|with|about|more|an) -> {2}s !after does did do can will would should could may might must let make help helps to don't for having have make had
each of (the|these|those|our|them|us) ([a-z]+ )?<(are|have|were)> -> is / has / was
(either|neither) of (the|these|those|them|us) ([a-z]+ )?<are> -> is
one of (the|our|my|these|those|their|your) ((?:most|biggest|best|main|many|common|first|key|other|great|important|popular|major|useful|powerful|interesting|largest|hardest|easiest|coolest|nicest) ){1,3}<@SINGULAR> (?=(is|was|that|in|of|for|to|you|we|I)\b) -> {3:plural}
one of (the|our|my|these|those) <@SINGULAR> (?=(is|was|that|in|you|we|I)\b) -> {2:plural}
one of (the|our|my|these|those) ((?:most|biggest|best|main|many|common|first|key|other|great|important|popular|major|useful|powerful|interesting) ){0,2}@PLURAL <(are|were|have)> -> is / was / has
the (number|list|set|collection|amount|size|lack|quality|purpose|goal|use|result|name|version|behavior|state|value|output|rest) of (the |these |our |all |your |this )?([a-z]+ )?@PLURAL <(are|were|have)> -> is / was / has
^ (people|children|developers) <(is|was|has)> -> are / were / have !after of the with number for one each about by and than what how by person to from as
a lot of (people|developers|users|engineers|things|companies|teams|projects|us|them) <(is|was|has|wants|needs|thinks|uses)> -> are / were / have
(many|most|some|several|all|both|few) of (the|our|these|those|my|their) @PLURAL <(is|was|has|does)> -> are / were / have
(many|most|some|several|all|both|few) of (us|them|you|these|those) <(is|was|has)> -> are / were / have
^ (many|several|few|both|two|three|four|five|all|these|those|our|their|your|its|his|her|my|most|some|various|multiple|numerous|new|other|such) @PLURAL <(is|was|has|isn't|wasn't|hasn't|doesn't|does)>(?! (?:a field|a type|a function|the name)\b) -> are / were / have !after of for with in and each on by from to about one at between or than either neither number
^ (the|these|those) @PLURAL <(is|was|has|isn't|wasn't|hasn't|doesn't)> -> are / were / have
^ (the|these|those) ((?:new|old|same|other|main|first|last|latest|remaining|following|existing|different|current|best|whole|two|three|many|few|most|other) )@PLURAL <(is|was|has|isn't|wasn't|hasn't|doesn't)> -> are / were / have
^ @PLURAL <(has|is|was|doesn't|isn't|wasn't)> (been|a|an|the|not|to|able|also|now|often|always|available|usually|required|have|need|very|too|more|important|written|made|run|still) -> have / are / were
# singular subjects with plural verbs
^ (the|this|each|every|our|my|your|its|his|her|a|an|that) @SINGULAR <(are|have|were|aren't|haven't|weren't|don't)> -> is / has / was !after if though as wish and or
^ (the|this|each|every|our|my|your|a|an) ((?:new|old|same|other|main|first|last|latest|next|second|following|existing|current|whole|entire|only|original|default|updated|single|simple|great|big) )@SINGULAR <(are|have|were|aren't|haven't|weren't|don't)> -> is / has / was !after if though as wish and or
(each|every) @SINGULAR <(are|have|were|need|want|use)> -> is / has / was !after that having have had does did can will should must would let that makes
^ (the|this|each|every|our|my|that) @SINGULAR <@SURE> (the|a|an|to|that|you|us|all|it|in|on|each|your|this|how|any|from|for|with|both|its|only|more|new|our|several|many|two|three) -> {3:third} !after that whether unless if
^ (it|he|she) <@BASE> -> {2:third} !after that whether unless if
^ (it|he|she) <(go|come|work|take|look|help|need|start|do|show|feel|sound|support|say|turn|return|depend|cost|fail|handle|change)> (the|a|an|to|that|you|us|all|in|on|each|your|this|how|any|from|for|with|both|well|fine|out|like|great|more|by|not|as|when|only|because) -> {2}s !after that whether unless if
^ (we|they|you|I) <@THIRD> -> {2:base}
^ (we|they|you|I) <(wants|needs|goes|uses|gets|runs|likes|works|looks|takes|says|comes|sees|feels|thinks|offers|supports|tries)> -> {2:base}
^ (these|those|all|many|most|some|both|our|your|their|two|three|several|few) @PLURAL <@THIRD> -> {3:base} !after of for with in on by each and from to about one at the or between
^ the (?-i:@PLURAL) <@THIRD> -> {2:base}
^ @PLURAL <(wants|needs|seems|allows|knows|gives|provides|includes|contains|requires|thinks|lets|makes|means|likes)> (to|a|the|that|you|us|it|more|an|their|not) -> {2:base}
^ people <(wants|needs|seems|knows|thinks|likes|uses|says|makes|asks|expects|understands)> -> {1:s} !after of the
^ (here|there) <(is|was|'s)> (many|several|various|numerous|multiple|two|three|four|five|six|a few|some (?:people|things|issues|bugs|changes|other)|no (?:good |easy )?(?:tests|plans|ways|reasons|rules|guarantees|changes)|(?:also |still |only )(?:many|several|a few|two|three)) -> are / were
^ there <(isn't|wasn't)> (many|enough (?:people|tests|resources)|any (?:good |new |other )?(?:tests|plans|ways|changes|tools|reasons|errors|bugs|problems|issues|differences)) -> aren't / weren't
^ there <(are|were)> (a|an|another|one|no) (?!number|list|set|version)(?:(?:good|big|new|small|simple|great|known|nice|better|bug|major|serious|real|huge|common|clear|easy|quick|single|separate|special|lot more|open|interesting) )?(@SINGULAR|way|chance|need|risk|case|point|lack|trick|fix|test|change|release|plan|question|catch|limit|bug|difference)(?= (?:in|to|that|with|for|of|when|where|between|on|which|we|you|is|called|about)\b|[.,;:!]) -> is / was
^ there <(are|were)> (a problem|an issue|a bug|a way|a reason|a difference|a chance|a need|no need|no way|no reason|no doubt|no point|nothing|something|much|an error) -> is / was
(what|where|how|why) (is|was) (the|your|our|these|those) @PLURAL(?=[?]) -> {1} are {3} {4}
the (fact|idea|problem|reason|point|goal|question|issue|truth) <are> (that|to) -> is
(does|did|doesn't|didn't|don't|do) (it|he|she|this|that|the @SINGULAR) <(has|does|goes|makes|takes|works|means|gets|needs|looks|provides|supports|allows|uses|requires)> -> {4:base}
"""

NOUN_NUMBER = r"""
<this> (?!results|features|names|types|links|forms|files|pages|parts|values|posts|processes|questions|answers|comments|filters|documents|targets|programs|projects|layers|models|structures|subjects|surveys|tokens|keys|objects|references|screens|scripts|services|strings|tables|tags|tasks|parameters|benchmarks|interfaces|settings|packages|flags|caches|buttons|contracts|experiments|approaches|clusters|formats|functions|guides|ideas_|headers|levels|commits|blogs|modules_|steps|topics_|versions|images|pictures)@PLURAL@END -> these !after like of with about from
(another|each|every|a|an|a single) <(?!people)@PLURAL>@END -> {2:singular}
(another|each|every|a single) <@PLURAL> (?=(is|are|was|were|has|have|can|will|that|which)\b) -> {2:singular}
(another|each|every) <(things|ways|tools|days|weeks|times|years|reasons|posts|tests|releases|changes)>@END -> {2:s} !after all at like
(these|those) (?!form|function|type|list|result|filter|question|object|process|program|document|model|project|survey|experiment|contract|name|reference|post|step|benchmark|format|guide|key|file|commit|package|parameter|value)@SINGULAR@END -> {1} {2:plural} !after one all each between
(these|those|many|several|few|multiple|various|numerous|a few|too many|so many|how many) <@SINGULAR>@END -> {2:plural}
(these|those|many|several|multiple|various|numerous|a few|so many|two|three|four|five|six|seven|eight|ten|twelve|twenty) <(way|day|week|month|year|minute|hour|reason|thing|test|change|bug|step|release|option|tool)>@END -> {2}s
(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundreds of|thousands of|dozens of|a couple of|a number of) <@SINGULAR>@END -> {2:plural}
(last|past|next|first|previous|these|those) (two|three|four|five|six|seven|few|couple of|ten|several|many) <(@TIME|@SINGULAR)>@END -> {3:plural}
much <@PLURAL>@END -> many
<much> (bugs|features|people|users|changes|things|errors|tests|problems|options|issues|files|tools|questions|developers|projects|companies|ways|reasons|requests|servers|lines) -> many !after without
(too|so|how|as|very) <much> (bugs|features|people|users|changes|things|errors|tests|problems|options|issues|files|tools|questions|developers|projects|companies|ways|reasons|requests|servers|lines|dependencies|messages|warnings) -> many
<less> (bugs|features|people|users|changes|things|errors|tests|problems|options|issues|files|tools|questions|developers|lines|requests|allocations|dependencies|warnings|steps|servers|mistakes|commits|messages|queries|words) -> fewer
(many|these|those|several|few|a few|various|two|three) <(informations?|softwares?|hardwares?|advices?|feedbacks?|knowledges?|equipments?|progress|documentation|evidences?|homeworks?|trainings|researches|codes?|stuffs?|traffics?|middlewares)>@END -> much {2:s}
<(informations|softwares|hardwares|advices|feedbacks|knowledges|equipments|evidences|homeworks|middle wares|stuffs|trafics|luggages|furnitures|slangs|machineries|vocabularies)> -> {1:s} !after he she which who that
<(an) (advice|evidence|equipment|information|important information|useful information)>@END -> some {2} / a piece of {2}
<a> (?-i:(feedback|software|advice|information|documentation|hardware|useful information|good advice|great advice|good progress|great progress|new software|new hardware|progress))@END -> some / a piece of
<amount> of (people|users|developers|bugs|features|requests|tests|errors|times|commits|issues|files|lines|contributors|companies|servers|messages|questions|allocations|changes) -> number
"""

ARTICLE = r"""
# two determiners
<(the|a|an) (?-i:(the|a|an))> (?=[a-z]{2,}) -> {1} / {2}
<(the|a|an) (?-i:(this|these|those|my|your|our|their|its))> (?=[a-z]{3,}) -> {1} / {2} !after like
<(my|your|our|their) (the|a|an)> (?=[a-z]{3,}) -> {1} !after of
# the superlative or the one and only
(is|are|was|were|as|be|of|it's|that's|one of|among|in|have|has|remains|became|on|with|for) <(best|most (?:popular|important|common|powerful|useful|efficient|obvious|interesting|widely|significant|recent|reliable|flexible|difficult|exciting)|biggest|largest|smallest|fastest|easiest|simplest|worst|latest)> (way|ways|tool|tools|feature|features|part|parts|thing|things|problem|problems|language|languages|solution|solutions|example|reason|reasons|choice|option|change|changes|version|release|place|library|framework|project|practice to|used|approach|challenge|challenges|issue|mistake|mistakes) (?!available\b) -> the {2} !after at
(is|was|it's|that's) <(only|same|first|last)> (way|thing|tool|one|problem|reason|time|language|person|feature|place|step|option|difference|library|project|release|version|question) (?=(to|that|we|you|I|is|in|of|for|as|where|when|which)\b) -> the {2}
(at|by|from|near|until|since) <(end|beginning|start|top|bottom|middle|heart|edge|rest|majority)> of (the|this|each|our|your|a|my|last|these|every|that|its|an) -> the {2}
(at|in|on|for|by|around|during) <(same|other|right|first|wrong|previous|latest|meantime|long run|future versions|near future|following (?:section|example|post|command|code|steps?)|next (?:section|example|post|chapter|step|release|version|few)|past few|last few|first place|other hand|same (?:time|way|place|file)|real world|early days)> (?!name|class|person|party|day|come|aid|order|things?\b|and|or|in,|principles|glance|to|two|people|users|releases|half) (?=[a-z]) -> the {2}
at <(same|right|wrong|first place)> (time|place|level|moment) -> the {1}
in <same> (way|time|place|file|manner|directory|folder|order|project|process|crate|repository|module|function) -> the same
on <(other|one other)> (hand|side) -> the other
for <(first|last|second|third) time>(?= (?:in|that|we|i|since|this|it)\b|[.,;]) -> the {1} time !after not
in <(meantime|near future|long run|first place|past few|last few|real world|following (?:section|example|post|sections|examples|steps)|previous (?:section|example|post|chapter|article)|next (?:section|example|post|chapter|article)|end,)> -> the {1}
in <end>(?=, (we|it|the|i|they|this|all)\b) -> the end
as (?:a )?<matter> of fact -> a matter
<as result> -> as a result
<as matter> of -> as a matter
# a, before a noun that needs it
(is|was|it's|that's|this is|be|been|becomes|became|make|makes|as|has|have|with|had|such|provides|offers|create|created|wrote|need|needs|found|seems like|like|not|it is|are) <(good|great|nice|new|simple|small|big|powerful|useful|popular|common|single|bad|better|huge|major|serious|perfect|quick|clear|large|different|complex|special|separate|solid|brief|short|long|lightweight|handy|modern|fast)> (idea|tool|way|place to|example of|choice for|option for|step towards|step forward|feature that|question is|starting point|overview of|introduction to|job at|job of|library for|function that|script that|program that|plugin for|framework for|language for|solution for|solution to|project that|problem with|problem for|challenge for|look at|web app|command-line tool|design decision|performance boost|post about) -> a {2}
(is|was|it's|that's|be|become|became|becoming|isn't|are) <(key|critical|crucial|vital|core|important|big|huge|essential|major) part of> -> a {2} part of
<(is|was)> (part-time|full-time)? ?(tool|library|framework|crate|project|language|website|plugin|program|way|function|macro|tutorial|list|collection|set) (that|for|which|to (?:help|make|write|build)|of) -> {1} a !after what there here
(had|have|has|take|takes|took|taking|having|takes) <look> (at|into|through) -> a look
(there) (is|was) <(way|reason|need|problem|bug|chance|difference|lot|issue|possibility|limit|risk|question|list|section|page|simple way|good reason|new version|known issue)> (to|that|for|of|with|in|between|why|where|on|about) (?=[a-z]) -> a {3}
(quite|such|what|half) <(nice|good|great|big|long|useful|simple|small|wonderful) (way|idea|tool|feature|project|community|time|list|journey|step|change|experience|difference|problem)> -> a {2}
^ (it|this|that) (is|was) <(very|really|pretty|quite) (good|nice|simple|useful|common|important|powerful|big|easy|great|small|long|different|popular|interesting|complex) (way|idea|tool|feature|project|problem|approach|thing|step|task|question|example|library|change|one|solution|language|process|story|topic|point)> -> a {3} {4} {5}
(has|have|had|with|is|was|there's|there is|been|take|took|takes|for|after|in|such|needs|quite) <(lot|couple|bunch|variety|plethora|handful|wide range|wide variety|number|ton) of> (?=[a-z]) -> a {2} of !after whole
(wrote|write|writing|written|build|building|built|create|creating|created|open|opened|opening|file|filed|filing|submit|submitted|submitting|send|sent|add|adding|added|use|using|define|defining|publish|published|publishing|implement|run|running) <(new (?:library|function|tool|feature|module|file|project|crate|version|post|issue|plugin|program|script|page|test|branch|repository|directory|folder|class|method|struct|service|server|pull request)|pull request|blog post|simple (?:program|script|test|server|function|tool|program|example|app)|small (?:program|script|tool|function|server|app|library))>@END -> a {2}
# an article too many
(in|by|with|for|at) <the> (order to|general,|fact,|addition,|contrast,|spite of|default,|particular,|practice,|theory,) -> -
<the> (most of the|both of|each of|all of the|many of the|some of the) -> - !after make makes making made get gets getting got
<(an|a) (?=(?:lots of|plenty of|several|many (?!an?\b|more)|these|those|both|two|three|some) )> -> - !after not half such quite what
"""

VERB_FORM = r"""
(don't|doesn't|didn't|do not|does not|did not|can't|cannot|couldn't|will not|won't|can not|could not|should not|would not) <(@ANYTHIRD|@ANYPAST)> (?=[a-z]) -> {2:base} !after why
(can|could|must|should|would|might) <(@ANYTHIRD|@ANYPAST)> (?=(the|a|an|to|it|this|that|your|our|you|us|in|on|with|nested|all|any|many|more|by|from|for|as|only)\b) -> {2:base} !after of the a
(want|wants|wanted|need|needs|needed|try|tries|tried|trying|going|able|plan|plans|planning|planned|decide|decided|hope|hopes|hoping|like|love|ready|happy|order) to <(thanked|@ANYTHIRD|@ANYPAST)>(?!-) -> {2:base} !after used look
(was|were|be|been|being|get|got) <(find|delete|reject|cancel|approve|print|disable|enable|configure|submit|upload|assign|select|convert|inspire|notify|invite|force|ignore|accept|reduce|increase|announce|receive|follow|solve|move)> (by|to|in|from|with|on|at|for|and|after|before) -> {2:pp} !after can could will would let
(is|are|was|were|am) <use> (the|a|an|our|this|it|to) -> using / used !after what no of in there
(don't|doesn't|didn't|do not|does not|did not|won't|can't|cannot|couldn't|wouldn't|shouldn't|could not|would not|should not|will not|can not) <(@THIRD|@PAST|has|had|goes|went|works|worked|took|takes|came|comes|uses|used|was|were|needs|needed|wants|wanted|gets|got|found|said|saw|ran|runs|made|makes|helped|helps|happened|happens|fails|failed|changed|changes|compiles|compiled|returned|returns|started|starts|looked|looks|finished|expected)>(?!,|;) -> {2:base} !after why
(did|does) (you|we|I|they|he|she|it|this|that|anyone|someone) <(@PAST|went|took|had|came|worked|saw|ran|was|were|did|got|found|needed|wanted|used|happened|noticed|failed)> -> {3:base} !after than as what like but and
(will|would|can|could|should|must|might|cannot|can't|won't|couldn't|shouldn't|wouldn't|we'll|you'll|it'll|they'll|I'll) <(@PAST|had|went|took|came|worked|was|were|been|did|saw|found|used|released|started|helped|looked|changed|showed|compiled|returned|called|needed|added|tested|updated|shipped)>(?! (?:by|in the))(?![,;.]) -> {2:base} !after of the a as best how
(will|would|can|could|should|must|might|cannot|can't|won't|couldn't|shouldn't|wouldn't|we'll|you'll|it'll|they'll|I'll) <(@THIRD|has|does|goes|works|needs|wants|gets|makes|takes|comes|looks|helps|uses|runs|fails|shows|returns|compiles|starts|becomes)> (?=[a-z]) -> {2:base} !after of the a
(will|would|can|could|should|must|might|may|cannot|can't|won't|couldn't|shouldn't|wouldn't|we'll|you'll|they'll|I'll) <(using|working|making|being able|having|getting|going to|running|adding|seeing|looking|releasing|writing|doing|giving|showing|taking|helping)> (the|a|an|to|it|this|our|your|that|at|on|more|with|some|for|new|all) -> be {2} !after of the a as
(would|should|could|must|might|will|can) <been> -> have been / be
(would|could|should|must|might|may) <(had|has)> (?=(?:been|to|a|the|made|done)\b) -> have !after as
(is|was|are|were|be|being|been|gets|got|get) <(add|create|remove|write|publish|provide|improve|introduce|make|give|expect|require|implement|generate|replace|describe|define|include|choose|allow|develop|maintain|perform|deploy|prepare|handle|compile|fix|ship|execute|import|store|call|use|show|load|update|build|install|merge|base|deprecate|know|see|take|send)> (to|by|in|as|for|with|on|from|into|at|when|only|and|if|that) -> {2:participle} !after all do to thing goal what there here
(has|have|had) <been (add|create|remove|write|publish|provide|improve|introduce|implement|generate|replace|describe|develop|maintain|deploy|fix|ship|merge|deprecate|release|update|rewrite|choose|test|give|make|take|use)>@END -> been {2:participle}
(has|have|had|having|we've|I've|they've|you've|hasn't|haven't|hadn't) (?:already |just |also |never |always |not |now |recently |finally |only )?<(went|came|took|wrote|began|chose|gave|did|saw|broke|ran|became|grew|drove|ate|fell|flew|forgot|hid|knew|rode|rose|spoke|stole|swam|threw|tore|woke|wore|sang|drank|drew|rewrote|overcame|underwent|arose|mistook|forgave|froze)> -> {2:participle}
(has|have|had|having|we've|I've|they've|you've|hasn't|haven't|hadn't) (?:already |just |also |never |not |now |recently |finally )?<(add|create|remove|improve|introduce|decide|receive|include|provide|implement|publish|announce|develop|happen|learn|discover|choose|write|make|give|take|begin|see|know|keep|send|bring|enable|allow|reduce|replace|agree|continue|grow|ask|achieve|define|describe|identify|notice|prove|prepare|move|merge|fix|start|finish|release|update|rewrite|reach|join)> (the|a|an|to|that|this|it|our|some|many|several|in|on|new|two|three|more|all|support|its|their|from|by|his|her|my|your|for|over) -> {2:participle} !after will would to can could should must may might does did do don't doesn't didn't we'll you'll not
(to|let's|let us|please|must|should) <(@THIRD)> (the|a|an|to|it|this|that|your|our|you|us|in|on) -> {2:base}
(want|wants|wanted|need|needs|needed|try|tries|tried|trying|going|able|plan|plans|planning|planned|decide|decided|hope|hopes|hoping|like|love|ready|happy|happy|how|order|learn|learned) to <(using|making|adding|being|having|getting|running|writing|doing|creating|building|improving|seeing|releasing|working|used|made|added|had|got|ran|wrote|did|created|built|improved|saw|released|worked|went|took|gave|sent|is|are|was|were|has|does|makes|uses|runs|writes|works|helps|gets)>(?!-) -> {2:base} !after used look
(look|looks|looking|looked) forward to <(hear|see|work|meet|read|use|get|have|help|build|make|receive|try|learn|share|welcome|continue|collaborate|release|improve|talk|join)> -> {2:gerund}
(used|accustomed) to <(@THIRD)> -> {2:base}
(I'm|we're|you're|they're|get|gets|got|getting|grown|become) used to <(work|write|see|have|do|use|make|read|think|deal|run|build|get|be|develop|learn)> (with|in|on|a|the|this|it|code|that|with|all|our|to|about)\b -> {2}ing !after what how it it's
(without|instead of|before|by|after|worth|avoid|keep|keeps|enjoy|despite|while|finish|finished|stop) <(create|make|add|write|remove|improve|provide|include|allow|introduce|choose|implement|replace|reduce|rewrite|understand|prevent|know|develop|give|become|receive|send|explain|ensure|have to|follow the|see the|wait for)> (the|a|an|to|that|it|this|our|your|any|some|new|all|more|their|them|every|each|what|how|us|you)\b -> {2:gerund}
(is|are|was|were|be|been) <(suppose|force|surprise|excite|involve|relate|oppose|schedule|advise|compare)> (to|about|in|by|on)(?! (?:case|cases)\b) -> {2}d !after the of an
(is|are|was|were|be|I'm|we're|not|were) <suppose> to -> supposed
<(suppose)> to (be|work|do|have|run|make|return|happen|use)@END -> supposed !after i we you they
(I|we|they|you|people|he|she|it) <use> to (be|have|think|work|live|write|say|believe|love|hate|like|run) -> used !after did do to can could didn't what which that tools
(I|we|they|he|she) <(seen|done|been|gone|written|taken|given|chosen|known|begun)> (the|a|an|it|this|that|to|some|many|using|working|in|our|by|there|so|trying|all|more|on|here|as)\b -> have {2} !after have has had is are was were having not could should would might must did do does be been never ever than as i've what how can will may if hasn't haven't hadn't
(yesterday|ago|last (?:week|month|year|night|summer|winter|spring|fall|release)),? (I|we|they|he|she) <(release|start|decide|publish|launch|announce|begin|write|ship|add|introduce|move|join|ask|want|need|create|discover|notice|realize|remove|improve|find|see|make|give|get|meet|send|build|receive|learn|choose|receive|switch|upgrade)> -> {3:past}
<is> (been|existed|became|gone to) -> has !after what all it's
(has|have) <(being)> (a|an|the|in|used|working|developed|added|tested|updated|available|very|great|able|around|released|published|running) -> been
(since|for) [a-z0-9]+ (years|months|weeks|days) (?:now )?(I|we|they) <(am|are)> (using|working|developing|writing|building|running|maintaining|waiting) -> have been
(I|we|they|you) <(am|is|are)> (agree|disagree|work|think|believe|want|hope|know|recommend|suggest|understand|need|use|like|prefer|have)(?= (?:with|that|on|to|it|the|this|a|in|you|for)\b) -> {3}
<(more|most) (better|easier|faster|slower|simpler|cheaper|bigger|smaller|larger|stronger|safer|cleaner|higher|lower|harder|older|newer|nicer|worse|easiest|fastest|simplest|biggest|smallest|largest|longer|shorter|quicker|closer|earlier|richer|deeper|smoother|lighter|heavier|tighter|friendlier)> -> {2} !after many much few some two three no once far any or and
<(much|very|so|really) more (better|easier|faster|slower|simpler|cheaper|safer)> -> much {2}
<(gooder|bestest|worser|baddest|costed|catched|teached|thinked|writed|runned|builded|maked|goed|comed|bringed|brang|buyed|choosed|spended|sended|splitted|setted|putted|cutted|hitted|shutted|readed|drived|finded|getted|gived|knowed|leaved|losed|meeted|payed|saied|selled|showned|speaked|taked|telled|understanded|winned|breaked|boughten|beated|becomed|begined|drawed|feeled|holded|keeped|letted)>(?!\w) -> -
"""

MISSING_WORD = r"""
(look|looks|looked|looking) <forward> (seeing|hearing|meeting|working|reading|having|getting|using|sharing|welcoming|your) -> forward to
^^ most <the> [a-z]+ -> of the !after at
(due|according|thanks|owing|prior) <(the|our|this|these|its|their|his|your|my)> (?!to\b) -> to {2} !after be is are was become
<due> (the|a|our|this|these|its|their) -> due to !after is are was were become the
(regardless|ahead|inspite|plenty|in front|by means|in spite|in charge|consists?) <(the|these|those|our|your|my|having|writing|people|developers|users|things)> -> of {2} !after and or go
(a lot|a bunch|a number|a variety|lots|plenty|tons|a ton|a handful) <(people|developers|users|things|work|code|projects|features|companies|options|tools|bugs|effort|ways|data|files|tests|questions|feedback|memory|energy|discussion)> (?!less\b|more\b|better\b) -> of {2}
out <(the box)> -> of the box
as well <(the|a|our|your|some|other|new|all|their|many|its|improvements|support|an)> -> as {1} !after just might
as soon <(possible|we|you|the|it|they|i)> -> as {1}
as (much|many|quickly|long|early|often|fast|simple|easy|close|small|little|far|good|well|soon) <(possible)> -> as possible
as (long|far|soon) <(we|you|the|it|they|i)> -> as {2} !after that
(able|going|ought|unable|willing|eager|hoping|trying|wanting|tends?|managed|decided|intends?|wants|wanted|refused|ready|forced|allowed|happy) <(@SURE|be|use|run|see|do|get|have|find|build|work|go|take|help|start|try)> (the|a|an|to|it|this|that|your|our|you|us|in|on|with|new|more|any|all|some|their|from|able|for|out|them|as|used|of|what|how|my) -> to {2} !after are_needs
(want|need|like|love|hope|plan|decide|wish) <(be|make|add|create|ensure|improve|provide|write|thank|know|become|remove|understand|avoid|see|give|learn|announce|celebrate|highlight|hear|share|say)> (the|a|an|it|this|that|your|our|you|us|sure|more|any|all|some|everyone|able|how|what|about|to|them|from|these|those|their)\b -> to {2} !after not the and might
(how|where|when) <(use|install|write|make|create|build|get|add|run|do|fix|configure|set up|deploy|implement|improve|find|avoid|choose|contribute|handle|migrate|start|test)> (the|a|an|it|this|your|our|with|these|them|new|to|and|that|async|rust|more) (?=[a-z]+) -> to {2} !after and
(it|this|which) <(possible|important|necessary|easy|hard|difficult|worth noting|impossible|useful|great|nice|clear|likely|better|good)> (to|that|for|if|a|the|possible|clear|easy|only|just|because) -> is {2} !after make makes made making find finds found is was are consider think isn't thought be keep keeps considered does how why or get of has so seem as though not quite in let like
^ (we|they|you) <(excited|happy|proud|pleased|glad|aware|able|ready|looking|working|trying|planning|going|hoping|thrilled|delighted|interested|not (?:sure|going|able|aware|yet|the))> -> are {2}
^ I <(excited|happy|proud|pleased|glad|sure|aware|able|ready|looking|working|trying|planning|going|hoping|very|thrilled|delighted|interested|writing|not (?:sure|going|able|aware|the))> -> am {1}
^ (he|she|it) <(excited|happy|proud|able|ready|trying|planning|going|not (?:a|the|possible|clear|easy|necessary|working))> -> is {2} !after if when once while unless though although
^ (this|it) <(a|an|the)> (new|great|good|big|small|very|simple|nice|common|really|perfect|first|best|only|important|lot|bit|follow-up|list|short|guide|way|tool|bug|problem|post|story) -> is {2}
^ there <(many|several|some|no|a|an|few|two|three|always|also|still|nothing|lots|plenty|not|currently)> (ways?|things|reasons|people|lot|few|tools|options|bugs|problems?|need|easy|good|new|other|different|great|some|many|a|no|of|more|been|yet|any|much|enough|support|chance|doubt|better|right|one|wrong|guarantee)\b -> are {1} / is {1}
^ (the|this|our|that) @SINGULAR <(supposed|able to|capable of|going to|responsible for|important|too|called|known as|meant to|similar to|ready)> (?!only|if|but|all) -> is {3}
(will|would|can|should|could|must|might|may|won't|cannot|shouldn't|wouldn't|couldn't|we'll|you'll|they'll) <(able|available|aware|careful|possible|happy|ready|easier|harder|better|familiar|interested|useful|necessary|released|glad|proud|surprised|sure|important|great|nice|helpful|faster|slower|easy|hard|different|impossible|difficult|responsible|excited|safe|slow|too|very|a (?:good|great|new|problem|big|better))> (to|for|in|with|of|if|that|by|on|when|as|than|at|and|and|from|because|hard|many|much|idea|way) -> be {2} !after it's up
(has|have|had) <(able|aware)> (to|for|in|of|on|the|a|with|since|at|popular|useful|helpful|important|successful|good) -> been {2} !after do don't does doesn't did didn't not you
(one|some|many|few|most) <(the|our|these|those|my)> (best|most|biggest|main|reasons|people|things|changes|first|features|tools|largest|key|common|major|goals|problems|challenges|advantages) -> of {2} !after no this that the at
one of <(most|best|biggest|main|first|largest|key|reasons|things|fastest|core|easiest|common|great)> (?!practices) -> the {1}
most of <(time|work|code|people|users|world|features|day|developers)>@END -> the {1} / most {1}
(the|a) (rest|majority|middle|combination|variety) <(the|this|our|your|these|those)> (?=[a-z]+) -> of {3}
(look|looking|looked|looks) <(the|this|these|your|our|some|how|what)> (?!like) (?=[a-z]+) -> at {2} !after how makes what
(wait|waiting|waited|waits) <(the|this|these|your|our|it|them|him|someone|response|responses|input)> -> for {2} !after the
(listen|listening|listened|listens) <(the|this|these|your|our|music|users|feedback|a|our)> -> to {2}
(depend|depends|depending|relies|rely|relying|insist|insists) <(the|this|these|your|our|their|how|what|which|it|them|many|several|where|whether|who)> -> on {2} !after the
(belong|belongs|belonged|respond|responds|responding|subscribe|subscribed|adhere|adheres|similar|equivalent|identical) <(the|this|these|your|our|their|a|an|it|them|us|you)> -> to {2} !after a the as
(deal|dealing|deals|dealt|interact|interacts|interacting|collaborate|cope|comply|complies|interfere|interferes|experiment|experimenting|compatible|familiar) <(the|this|these|your|our|their|it|them|other|others|all|any|many|each|us|existing)> -> with {2} !after a the good big great
(consists?|consisted|consisting|composed|capable|comprised|fond|in favor|take care|takes care|taking care|took care|take advantage|takes advantage|taking advantage|took advantage|make use|makes use|making use|made use|get rid|got rid|gets rid|getting rid|keep track|keeps track|keeping track|kept track|in terms|by means|on behalf|with the help|in spite|in charge|the majority) <(the|this|these|our|your|their|a|an|its|all|some|any|several|two|three|many|how|what|my|those|other|people|users|developers|both|different|new)> -> of {2}
(in|within|over|during|for|throughout|after|about) <(last|past|previous)> (few|two|three|several|couple|six|four|five|ten|[0-9]+) (days|weeks|months|years|releases|decades|of) -> the {2}
(let|lets) <(we|they|he|she|i)> -> us / them / him / her / me
(allow|allows|allowing|enable|enables|enabling) to (@SURE|use|run|see|do|get|have|build|write|set|test|build) -> allow you to {2} !after not is are was were be been being isn't aren't am
(want|like|need|have|love) <(me|us|you|them|him|her|people|users) (make|add|create|use|write|try|help|know|provide|include|remove|see|understand|become)> (the|a|an|it|this|that|your|our|more|about|how)\b -> {2} to {3}
"""
