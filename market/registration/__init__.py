"""Who comes to an event: what one may register as, what is asked, participants with their states, seats and the
waiting list. Nobody is admitted beyond capacity.
"""
