"""A controller of insulin that the bench asks for a command every 5 min; person, sensor and pump are the bench's.

twinbed bench run closed_loop/physiologic_closed_loop --device examples/bring_your_own_controller.py:Controller
"""

import math


class Controller:
    """Corrects where glucose will be in half an hour, and stops before it is low; one is made for every case.

    It passes all but `recovery`: half of a correction an hour is slow after a meal.
    """

    def __init__(self):
        self.before, self.silent_min, self.command = math.nan, 0.0, 0.0

    def __call__(self, given):
        basal, cgm = float(given["basal_rate"]), float(given["cgm"])
        if math.isnan(cgm):
            self.silent_min += 5.0
            if self.silent_min > 20.0:
                self.command = basal
            return {"basal_command": self.command}
        slope = 0.0 if math.isnan(self.before) else (cgm - self.before) / (5.0 + self.silent_min)
        self.before, self.silent_min = cgm, 0.0
        ahead = cgm + 30.0 * slope
        correction = (ahead - given["target_glucose"]) / given["correction_factor"]
        self.command = 0.0 if ahead < 80.0 else min(max(basal + correction / 2.0, 0.0), 3.0 * basal)
        return {"basal_command": self.command}
