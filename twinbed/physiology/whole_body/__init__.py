"""A whole patient: all organs, coupled by name, of a person of any size, with or without chronic disease."""

from twinbed.physiology.whole_body._conditions import CALIBRATED_CONDITIONS as CALIBRATED_CONDITIONS
from twinbed.physiology.whole_body._conditions import CONDITIONS as CONDITIONS
from twinbed.physiology.whole_body._conditions import changes_of as changes_of
from twinbed.physiology.whole_body._conditions import with_conditions as with_conditions
from twinbed.physiology.whole_body._patient import POORLY_FOR_OXYGEN as POORLY_FOR_OXYGEN
from twinbed.physiology.whole_body._patient import REFERENCE as REFERENCE
from twinbed.physiology.whole_body._patient import adult as adult
from twinbed.physiology.whole_body._patient import check_adult as check_adult
from twinbed.physiology.whole_body._patient import ideal_weight as ideal_weight
from twinbed.vocab.drugs.person import Person as Person
