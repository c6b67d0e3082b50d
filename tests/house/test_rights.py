"""Who gets what at every door: route × verb × role, and on what. What is refused changes nothing."""

from dataclasses import dataclass

import pytest
from httpx2 import Response

from tests.house.conftest import OpenHouse
from tests.house.opening import House
from tests.house.walking import Door, Role
from tests.make.stored import take_stock

MATRIX = """
verb route                         on               visitor unconfirmed stranger member owner  other  organizer staff
GET  accounts.account              -                sign-in ok          ok       ok     ok     ok     ok        ok
POST accounts.change_password      -                401     done        done     done   done   done   done      done
POST accounts.change_password      wrong            401     422         422      422    422    422    422       422
POST accounts.change_profile       -                401     done        done     done   done   done   done      done
GET  accounts.check_mail           -                ok      ok          ok       ok     ok     ok     ok        ok
GET  accounts.confirm              -                ok      ok          ok       ok     ok     ok     ok        ok
GET  accounts.confirm              used             410     410         410      410    410    410    410       410
POST accounts.confirm_again        -                401     done        idle     idle   idle   idle   idle      idle
POST accounts.do_confirm           -                done    done        done     done   done   done   done      done
POST accounts.do_confirm           used             410     410         410      410    410    410    410       410
POST accounts.do_confirm           wrong            422     422         422      422    422    422    422       422
POST accounts.do_forgot            -                done    done        done     done   done   done   done      done
POST accounts.do_forgot            unknown          idle    idle        idle     idle   idle   idle   idle      idle
POST accounts.do_register          -                done    done        done     done   done   done   done      done
POST accounts.do_reset             -                done    done        done     done   done   done   done      done
POST accounts.do_reset             used             410     410         410      410    410    410    410       410
POST accounts.do_sign_in           -                done    done        done     done   done   done   done      done
POST accounts.do_sign_in           wrong            422     422         422      422    422    422    422       422
POST accounts.end_session          owner's          401     idle        idle     idle   done   idle   idle      idle
POST accounts.end_token            -                401     idle        idle     idle   done   idle   idle      idle
GET  accounts.forgot               -                ok      ok          ok       ok     ok     ok     ok        ok
POST accounts.make_token           -                401     403         done     done   done   done   done      done
POST accounts.make_token           wrong            401     422         422      422    422    422    422       422
GET  accounts.register             -                ok      moved       moved    moved  moved  moved  moved     moved
GET  accounts.reset                -                ok      ok          ok       ok     ok     ok     ok        ok
GET  accounts.reset                used             410     410         410      410    410    410    410       410
GET  accounts.sign_in              -                ok      moved       moved    moved  moved  moved  moved     moved
POST accounts.sign_out             -                idle    done        done     done   done   done   done      done
GET  accounts.tokens               -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  deliveries.index              -                sign-in 403         403      403    403    403    403       ok
POST deliveries.retry              -                401     403         403      403    403    403    403       done
POST deliveries.retry              missing          401     403         403      403    403    403    403       idle
POST deliveries.retry_all          -                401     403         403      403    403    403    403       done
GET  discovery.about               -                ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.dev_mail            -                ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.home                -                ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.negotiate           -                moved   moved       moved    moved  moved  moved  moved     moved
GET  discovery.robots              -                ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.sitemap             -                ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.sitemap_of_listings -                ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.sitemap_of_organizations -           ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.sitemap_of_events        -           ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.sitemap_of_sessions      -           ok      ok          ok       ok     ok     ok     ok        ok
GET  discovery.sitemap_of_pages    -                ok      ok          ok       ok     ok     ok     ok        ok
GET  events.calendar               -                ok      ok          ok       ok     ok     ok     ok        ok
POST events.add_to_team            -                401     404         404      404    404    404    done      done
POST events.add_to_team            planned          401     404         404      404    404    404    done      done
POST events.add_to_team            wrong            401     404         404      404    404    404    422       422
POST events.change_state           -                401     404         404      404    404    404    done      done
POST events.change_state           planned          401     404         404      404    404    404    done      done
POST events.change_state           wrong            401     404         404      404    404    404    409       409
POST events.change_state           missing          401     404         404      404    404    404    404       404
POST events.copy                   -                401     404         404      404    404    404    done      done
POST events.copy                   wrong            401     404         404      404    404    404    422       422
POST events.do_edit                -                401     404         404      404    404    404    done      done
POST events.do_edit                stale            401     404         404      404    404    404    409       409
POST events.do_edit                wrong            401     404         404      404    404    404    422       422
GET  events.edit                   -                sign-in 404         404      404    404    404    ok        ok
GET  events.index                  -                ok      ok          ok       ok     ok     ok     ok        ok
GET  events.manage                 -                sign-in 404         404      404    404    404    ok        ok
GET  events.manage                 planned          sign-in 404         404      404    404    404    ok        ok
GET  events.managed                -                sign-in 403         403      403    403    403    ok        ok
GET  events.new                    -                sign-in 403         403      403    403    403    ok        ok
POST events.plan                   -                401     403         403      403    403    403    done      done
POST events.plan                   wrong            401     403         403      403    403    403    422       422
POST events.remove_from_team       -                401     404         404      404    404    404    409       409
POST events.remove_from_team       editor           401     404         404      404    404    404    done      done
POST events.remove_from_team       stranger         401     404         404      404    404    404    idle      idle
GET  events.show                   -                ok      ok          ok       ok     ok     ok     ok        ok
GET  events.show                   planned          404     404         404      404    404    404    ok        ok
GET  events.show                   cancelled        ok      ok          ok       ok     ok     ok     ok        ok
GET  events.show                   missing          404     404         404      404    404    404    404       404
GET  events.team                   -                sign-in 404         404      404    404    404    ok        ok
GET  events.words                  -                sign-in 404         404      404    404    404    ok        ok
POST events.write_words            -                401     404         404      404    404    404    done      done
POST events.write_words            stale            401     404         404      404    404    404    409       409
POST events.write_words            wrong            401     404         404      404    404    404    422       422
POST programme.add_interpreter     -                401     404         404      404    404    404    done      done
POST programme.add_interpreter     wrong            401     404         404      404    404    404    422       422
POST programme.add_room            -                401     404         404      404    404    404    done      done
POST programme.add_room            wrong            401     404         404      404    404    404    422       422
POST programme.add_speaker         -                401     404         404      404    404    404    done      done
POST programme.add_speaker         wrong            401     404         404      404    404    404    422       422
POST programme.add_times           -                401     404         404      404    404    404    done      done
POST programme.add_times           wrong            401     404         404      404    404    404    422       422
POST programme.add_track           -                401     404         404      404    404    404    done      done
POST programme.add_track           wrong            401     404         404      404    404    404    422       422
POST programme.ask_draft           -                401     404         404      404    404    404    done      done
POST programme.ask_draft           wrong            401     404         404      404    404    404    422       422
POST programme.assign_interpreters -                401     404         404      404    404    404    done      done
POST programme.assign_interpreters stale            401     404         404      404    404    404    409       409
POST programme.assign_interpreters wrong            401     404         404      404    404    404    422       422
GET  programme.block               -                sign-in 404         404      404    404    404    ok        ok
GET  programme.board               -                sign-in 404         404      404    404    404    ok        ok
POST programme.cancel_session      -                401     404         404      404    404    404    done      done
POST programme.cancel_session      secret           401     404         404      404    404    404    done      done
GET  programme.choose              -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  programme.choose              planned          sign-in 404         404      404    404    404    404       404
GET  programme.columns             -                sign-in 403         403      403    403    403    ok        moved
POST programme.discard_draft       -                401     404         404      404    404    404    done      done
POST programme.do_choose           -                401     done        done     done   idle   done   done      done
POST programme.do_choose           wrong            401     400         400      400    400    400    400       400
POST programme.do_edit_interpreter -                401     404         404      404    404    404    done      done
POST programme.do_edit_interpreter wrong            401     404         404      404    404    404    422       422
POST programme.do_edit_room        -                401     404         404      404    404    404    done      done
POST programme.do_edit_room        wrong            401     404         404      404    404    404    422       422
POST programme.do_edit_session     -                401     404         404      404    404    404    done      done
POST programme.do_edit_session     secret           401     404         404      404    404    404    done      done
POST programme.do_edit_session     stale            401     404         404      404    404    404    409       409
POST programme.do_edit_session     wrong            401     404         404      404    404    404    422       422
POST programme.do_edit_speaker     -                401     404         404      404    404    404    done      done
POST programme.do_edit_speaker     wrong            401     404         404      404    404    404    422       422
POST programme.do_import           -                401     403         403      403    403    403    done      done
GET  programme.draft               -                sign-in 404         404      404    404    404    ok        ok
GET  programme.edit_interpreter    -                sign-in 404         404      404    404    404    ok        ok
GET  programme.edit_room           -                sign-in 404         404      404    404    404    ok        ok
GET  programme.edit_session        -                sign-in 404         404      404    404    404    ok        ok
GET  programme.edit_session        secret           sign-in 404         404      404    404    404    ok        ok
GET  programme.edit_speaker        -                sign-in 404         404      404    404    404    ok        ok
POST programme.end_feed            -                401     idle        idle     idle   done   idle   idle      idle
GET  programme.feed                -                ok      ok          ok       ok     ok     ok     ok        ok
GET  programme.feed                used             404     404         404      404    404    404    404       404
GET  programme.file                -                ok      ok          ok       ok     ok     ok     ok        ok
GET  programme.file                missing          404     404         404      404    404    404    404       404
GET  programme.import              -                sign-in 403         403      403    403    403    ok        ok
GET  programme.interpreters        -                sign-in 404         404      404    404    404    ok        ok
POST programme.make_feed           -                401     done        done     done   done   done   done      done
GET  programme.manage              -                sign-in 404         404      404    404    404    ok        ok
POST programme.mark                -                401     done        done     done   idle   done   done      done
POST programme.mark                secret           401     404         404      404    404    404    404       404
POST programme.move_block          -                401     404         404      404    404    404    done      done
POST programme.move_block          stale            401     404         404      404    404    404    409       409
POST programme.move_block          wrong            401     404         404      404    404    404    422       422
POST programme.move_session        -                401     404         404      404    404    404    done      done
POST programme.move_session        stale            401     404         404      404    404    404    409       409
POST programme.move_session        wrong            401     404         404      404    404    404    422       422
POST programme.name_columns        -                401     403         403      403    403    403    done      idle
POST programme.name_columns        wrong            401     403         403      403    403    403    422       idle
GET  programme.new_session         -                sign-in 404         404      404    404    404    ok        ok
POST programme.plan_session        -                401     404         404      404    404    404    done      done
POST programme.plan_session        wrong            401     404         404      404    404    404    422       422
POST programme.release             -                401     404         404      404    404    404    done      done
POST programme.release             wrong            401     404         404      404    404    404    422       422
GET  programme.releases            -                sign-in 404         404      404    404    404    ok        ok
POST programme.remove_interpreter  -                401     404         404      404    404    404    done      done
POST programme.remove_room         -                401     404         404      404    404    404    done      done
POST programme.remove_times        -                401     404         404      404    404    404    done      done
GET  programme.rooms               -                sign-in 404         404      404    404    404    ok        ok
GET  programme.rules               -                sign-in 404         404      404    404    404    ok        ok
GET  programme.schedule            -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  programme.schedule            planned          sign-in 404         404      404    404    404    404       404
GET  programme.schedules           -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  programme.session             -                ok      ok          ok       ok     ok     ok     ok        ok
GET  programme.session             secret           404     404         404      404    404    404    404       404
GET  programme.session_interpreters -               sign-in 404         404      404    404    404    ok        ok
POST programme.set_rules           -                401     404         404      404    404    404    done      done
POST programme.set_rules           wrong            401     404         404      404    404    404    422       422
GET  programme.show                -                ok      ok          ok       ok     ok     ok     ok        ok
GET  programme.show                planned          404     404         404      404    404    404    404       404
GET  programme.speakers            -                sign-in 404         404      404    404    404    ok        ok
GET  programme.speaking_feed       -                ok      ok          ok       ok     ok     ok     ok        ok
GET  programme.speaking_feed       used             404     404         404      404    404    404    404       404
POST programme.stop_draft          -                401     404         404      404    404    404    idle      idle
POST programme.stop_draft          planned          401     404         404      404    404    404    done      done
POST programme.take_over_draft     -                401     404         404      404    404    404    done      done
POST programme.unmark              -                401     idle        idle     idle   done   idle   idle      idle
POST programme.unmark              secret           401     404         404      404    404    404    404       404
GET  programme.words               -                sign-in 404         404      404    404    404    ok        ok
POST programme.write_words         -                401     404         404      404    404    404    done      done
POST programme.write_words         wrong            401     404         404      404    404    404    422       422
GET  exchange.columns              checked          sign-in 404         404      ok     ok     404    404       404
GET  exchange.columns              unmapped         sign-in 404         404      ok     ok     404    404       404
GET  exchange.columns              missing          sign-in 404         404      404    404    404    404       404
POST exchange.confirm              checked          401     404         404      done   done   404    404       404
POST exchange.confirm              faulty           401     404         404      409    409    404    404       404
POST exchange.confirm              unmapped         401     404         404      409    409    404    404       404
GET  exchange.export               -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  exchange.export_own           -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  exchange.imports              -                sign-in ok          ok       ok     ok     ok     ok        ok
POST exchange.name_columns         unmapped         401     404         404      done   done   404    404       404
POST exchange.name_columns         twice            401     404         404      422    422    404    404       404
GET  exchange.new                  -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  exchange.problems             faulty           sign-in 404         404      ok     ok     404    404       404
GET  exchange.show                 checked          sign-in 404         404      ok     ok     404    404       404
GET  exchange.show                 faulty           sign-in 404         404      ok     ok     404    404       404
GET  exchange.show                 missing          sign-in 404         404      404    404    404    404       404
POST exchange.start                -                401     403         403      done   done   403    403       403
POST exchange.stop                 checked          401     404         404      done   done   404    404       404
POST exchange.stop                 unmapped         401     404         404      done   done   404    404       404
GET  exchange.template             -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  htmx                          -                ok      ok          ok       ok     ok     ok     ok        ok
POST interests.bookmark            draft            401     404         404      done   done   404    404       done
POST interests.bookmark            published        401     done        done     done   idle   done   done      done
POST interests.bookmark            missing          401     404         404      404    404    404    404       404
POST interests.change_follow       -                401     404         404      404    done   404    404       404
POST interests.change_follow       wrong            401     422         422      422    422    422    422       422
POST interests.change_note         -                401     404         404      404    done   404    404       404
POST interests.change_note         wrong            401     404         404      404    422    404    404       404
POST interests.change_search       -                401     404         404      404    done   404    404       404
POST interests.change_search       wrong            401     404         404      404    422    404    404       404
POST interests.delete_search       -                401     404         404      404    done   404    404       404
POST interests.do_unsubscribe      -                done    done        done     done   done   done   done      done
POST interests.do_unsubscribe      used             404     404         404      404    404    404    404       404
POST interests.drop                -                401     idle        idle     idle   done   idle   idle      idle
POST interests.drop                missing          401     idle        idle     idle   idle   idle   idle      idle
POST interests.end_feed            -                401     404         404      404    done   404    404       404
GET  interests.export              -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  interests.feed                -                ok      ok          ok       ok     ok     ok     ok        ok
GET  interests.feed                used             404     404         404      404    404    404    404       404
POST interests.follow              -                401     done        done     done   idle   done   done      done
GET  interests.following           -                sign-in ok          ok       ok     ok     ok     ok        ok
POST interests.make_feed           -                401     404         404      404    done   404    404       404
GET  interests.new_search          -                sign-in ok          ok       ok     ok     ok     ok        ok
POST interests.resume_alerts       -                401     idle        idle     done   idle   idle   idle      idle
POST interests.save_search         -                401     done        done     done   done   done   done      done
POST interests.save_search         wrong            401     422         422      422    422    422    422       422
GET  interests.search              -                sign-in 404         404      404    ok     404    404       404
GET  interests.search              missing          sign-in 404         404      404    404    404    404       404
GET  interests.searches            -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  interests.shortlist           -                sign-in ok          ok       ok     ok     ok     ok        ok
POST interests.stop_alerts         -                401     done        done     idle   done   done   done      done
POST interests.unfollow            -                401     idle        idle     idle   done   idle   idle      idle
GET  interests.unsubscribe         -                ok      ok          ok       ok     ok     ok     ok        ok
GET  interests.unsubscribe         used             404     404         404      404    404    404    404       404
POST listings.copy                 draft            401     404         404      done   done   404    404       403
POST listings.copy                 published        401     403         403      done   done   403    403       403
POST listings.delete               draft            401     404         404      done   done   404    404       403
POST listings.delete               published        401     403         403      409    409    403    403       403
POST listings.delete               withdrawn        401     404         404      409    409    404    404       403
POST listings.do_edit              draft            401     404         404      done   done   404    404       403
POST listings.do_edit              published        401     403         403      done   done   403    403       403
POST listings.do_edit              stale            401     403         403      409    409    403    403       403
POST listings.do_translate         draft            401     404         404      done   done   404    404       403
POST listings.do_translate         published        401     403         403      done   done   403    403       403
POST listings.do_translate         stale            401     403         403      409    409    403    403       403
POST listings.do_together          draft            401     403         403      idle   idle   403    403       403
POST listings.do_together          published        401     403         403      done   done   403    403       403
POST listings.do_together          withdrawn        401     403         403      idle   idle   403    403       403
POST listings.draft                -                401     403         403      done   done   403    403       403
GET  listings.edit                 draft            sign-in 404         404      ok     ok     404    404       403
GET  listings.edit                 published        sign-in 403         403      ok     ok     403    403       403
GET  listings.edit                 missing          sign-in 404         404      404    404    404    404       404
GET  listings.feed                 -                ok      ok          ok       ok     ok     ok     ok        ok
GET  listings.feed_of_organization -                ok      ok          ok       ok     ok     ok     ok        ok
GET  listings.index                -                ok      ok          ok       ok     ok     ok     ok        ok
GET  listings.new                  -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  listings.own                  -                sign-in ok          ok       ok     ok     ok     ok        ok
POST listings.publish              draft            401     404         404      done   done   404    404       403
POST listings.publish              published        401     403         403      idle   idle   403    403       403
POST listings.publish              withdrawn        401     404         404      done   done   404    404       403
POST listings.remove_translation   draft            401     404         404      done   done   404    404       403
POST listings.remove_translation   published        401     403         403      done   done   403    403       403
POST listings.remove_translation   withdrawn        401     404         404      idle   idle   404    404       403
POST listings.renew                draft            401     404         404      409    409    404    404       403
POST listings.renew                expired          401     404         404      done   done   404    404       403
POST listings.renew                published        401     403         403      done   done   403    403       403
GET  listings.show                 draft            404     404         404      ok     ok     404    404       ok
GET  listings.show                 expired          404     404         404      ok     ok     404    404       ok
GET  listings.show                 published        ok      ok          ok       ok     ok     ok     ok        ok
GET  listings.show                 withdrawn        404     404         404      ok     ok     404    404       ok
GET  listings.show                 missing          404     404         404      404    404    404    404       404
GET  listings.translate            draft            sign-in 404         404      ok     ok     404    404       403
GET  listings.translate            published        sign-in 403         403      ok     ok     403    403       403
GET  listings.together             -                sign-in ok          ok       ok     ok     ok     ok        ok
POST listings.withdraw             draft            401     404         404      409    409    404    404       409
POST listings.withdraw             published        401     403         403      done   done   403    403       done
POST listings.withdraw             withdrawn        401     404         404      idle   idle   404    404       idle
GET  matching.desk                 -                sign-in 403         403      403    ok     403    403       403
GET  matching.heat                 -                sign-in 403         403      403    ok     403    403       403
POST matching.judge                -                401     403         403      done   done   403    403       403
POST matching.judge                draft            401     404         404      404    404    404    404       404
POST matching.judge                wrong            401     403         403      422    422    403    403       403
GET  matching.of_listing           -                ok      ok          ok       ok     ok     ok     ok        ok
GET  matching.of_listing           draft            404     404         404      404    404    404    404       404
GET  matching.of_listing           missing          404     404         404      404    404    404    404       404
GET  matching.own                  -                sign-in ok          ok       ok     ok     ok     ok        ok
GET  matching.proposals            -                sign-in 403         403      403    ok     403    403       403
POST matching.propose              -                401     403         403      403    done   403    403       403
POST matching.propose              wrong            401     403         403      403    422    403    403       403
POST matching.propose              of-none          401     403         403      403    422    403    403       403
POST matching.propose              proposed         401     403         403      403    409    403    403       403
POST matching.propose              draft            401     403         403      403    409    403    403       403
POST matching.propose              missing          401     403         403      403    409    403    403       403
POST matching.put_rate             -                401     403         403      403    403    403    403       done
POST matching.put_rate             wrong            401     403         403      403    403    403    403       422
GET  matching.rates                -                sign-in 403         403      403    403    403    403       ok
POST matching.take_back            -                401     403         403      done   done   403    403       403
POST matching.take_back            plain            401     403         403      idle   idle   403    403       403
POST organizations.add_member      -                401     403         403      403    done   403    403       done
POST organizations.do_edit         -                401     403         403      403    done   403    403       done
GET  organizations.edit            -                sign-in 403         403      403    ok     403    403       ok
POST organizations.end_representation - 401 403 403 403 done 403 403 done
POST organizations.found_client    -                401     403         403      403    done   403    403       403
POST organizations.grant           -                401     403         403      403    done   403    403       403
POST organizations.grant           itself           401     403         403      403    422    403    403       403
GET  organizations.new_client      -                sign-in 403         403      403    ok     403    403       403
GET  organizations.representation  -                sign-in 403         403      ok     ok     403    403       ok
POST organizations.found           -                401     403         done     done   done   done   done      done
GET  organizations.index           -                ok      ok          ok       ok     ok     ok     ok        ok
GET  organizations.members         -                sign-in 403         403      ok     ok     403    403       ok
GET  organizations.new             -                sign-in ok          ok       ok     ok     ok     ok        ok
POST organizations.remove_member   member           401     403         403      done   done   403    403       done
POST organizations.remove_member   last-owner       401     403         403      403    409    403    403       409
POST organizations.remove_member   stranger         401     403         idle     403    idle   403    403       idle
POST organizations.remove_member   unknown          401     403         403      403    404    403    403       404
GET  organizations.show            -                ok      ok          ok       ok     ok     ok     ok        ok
POST registration.add_participant  -                401      404      404      404      404      404      done     done
POST registration.add_participant  wrong            401      404      404      404      404      404      422      422
POST registration.add_question     -                401      404      404      404      404      404      done     done
POST registration.add_question     wrong            401      404      404      404      404      404      422      422
POST registration.add_type         -                401      404      404      404      404      404      done     done
POST registration.add_type         wrong            401      404      404      404      404      404      422      422
POST registration.cancel           -                401      404      404      404      done     404      404      404
POST registration.change           -                401      404      404      404      done     404      404      404
POST registration.change           wrong            401      404      404      404      422      404      404      404
POST registration.decide           -                401      404      404      404      404      404      done     done
POST registration.decide           again            401      404      404      404      404      404      idle     idle
POST registration.discard_table    -                401      404      404      404      404      404      done     done
POST registration.do_edit_question -                401      404      404      404      404      404      done     done
POST registration.do_edit_question wrong            401      404      404      404      404      404      422      422
POST registration.do_edit_type     -                401      404      404      404      404      404      done     done
POST registration.do_edit_type     wrong            401      404      404      404      404      404      422      422
GET  registration.edit_question    -                sign-in  404      404      404      404      404      ok       ok
GET  registration.edit_type        -                sign-in  404      404      404      404      404      ok       ok
GET  registration.new              -                sign-in  ok       ok       ok       moved    ok       ok       ok
GET  registration.new              planned          sign-in  404      404      404      404      404      ok       ok
GET  registration.new_participant  -                sign-in  404      404      404      404      404      ok       ok
GET  registration.new_question     -                sign-in  404      404      404      404      404      ok       ok
GET  registration.new_type         -                sign-in  404      404      404      404      404      ok       ok
GET  registration.own              -                sign-in  ok       ok       ok       ok       ok       ok       ok
GET  registration.participant      -                sign-in  404      404      404      404      404      ok       ok
GET  registration.participants     -                sign-in  404      404      404      404      404      ok       ok
POST registration.register         -                401      403      done     done     idle     done     done     done
POST registration.register         wrong            401      403      422      422      422      422      422      422
POST registration.register         planned          401      404      404      404      404      404      409      409
POST registration.register         cancelled        401      403      409      409      409      409      409      409
POST registration.remove_question  -                401      404      404      404      404      404      done     done
POST registration.remove_type      -                401      404      404      404      404      404      done     done
POST registration.remove_type      used             401      404      404      404      404      404      409      409
GET  registration.setup            -                sign-in  404      404      404      404      404      ok       ok
GET  registration.show             -                sign-in  404      404      404      ok       404      404      404
GET  registration.columns          -                sign-in  404      404      404      404      404      ok       ok
POST registration.do_import        -                401      404      404      404      404      404      done     done
GET  registration.export           -                sign-in  404      404      404      404      404      ok       ok
GET  registration.export           missing          sign-in  404      404      404      404      404      404      404
GET  registration.import           -                sign-in  404      404      404      404      404      ok       ok
POST registration.take_over        -                401      404      404      404      404      404      done     done
POST registration.take_over        wrong            401      404      404      404      404      404      422      422
GET  static                        -                ok      ok          ok       ok     ok     ok     ok        ok
GET  web.health                    -                ok      ok          ok       ok     ok     ok     ok        ok
GET  web.icon                      -                ok      ok          ok       ok     ok     ok     ok        ok
GET  web.metrics                   -                ok      ok          ok       ok     ok     ok     ok        ok
GET  web.ready                     -                ok      ok          ok       ok     ok     ok     ok        ok
"""
"""`on` says what the route is used on: a listing's state, a wrong password, a used link (`walking.py`).

ok: the page · moved: to another page · sign-in: to the sign-in page, and back afterwards · done: changed and moved on
(303) · idle: moved on, nothing changed · a figure: refused with this status, nothing changed.
"""


@dataclass(frozen=True, slots=True)
class Row:
    verb: str
    route: str
    case: str
    expected: dict[Role, str]

    def __str__(self) -> str:
        return f"{self.verb} {self.route} {self.case}"


def read_matrix(table: str) -> list[Row]:
    """Every line has a cell for every role."""
    head, *lines = [line.split() for line in table.strip().splitlines()]
    roles = [Role(name) for name in head[3:]]
    return [Row(verb, route, case, dict(zip(roles, cells, strict=True))) for verb, route, case, *cells in lines]


ROWS = read_matrix(MATRIX)


def read_outcome(door: Door, response: Response, *, changed: bool) -> str:
    if response.status_code == 303 or (response.status_code == 200 and not door.is_safe):
        if not door.is_safe:
            return "done" if changed else "idle"
        to_sign_in = response.headers["location"].startswith("/en/sign-in?next=")
        return f"{'sign-in' if to_sign_in else 'moved'}{' and changed' if changed else ''}"
    word = "ok" if response.status_code == 200 else str(response.status_code)
    return f"{word} and changed" if changed else word


def test_the_matrix_has_a_column_for_every_role() -> None:
    assert [list(row.expected) for row in ROWS] == [list(Role)] * len(ROWS)


def test_the_matrix_has_a_row_for_every_route_and_no_other(house: House) -> None:
    assert {(row.verb, row.route) for row in ROWS} == {(door.verb, door.name) for door in house.doors}


def test_no_row_of_the_matrix_stands_twice() -> None:
    assert len({str(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_role_gets_what_the_matrix_says(house: House, row: Row) -> None:
    door = next(door for door in house.doors if (door.verb, door.name) == (row.verb, row.route))
    before = take_stock(house.database)
    outcomes = {}

    for role in Role:
        response = house.use(door, role, row.case)
        changed = take_stock(house.database) != before
        outcomes[role] = read_outcome(door, response, changed=changed)
        if changed:
            house.reset()

    assert outcomes == row.expected


def test_every_route_lets_somebody_through() -> None:
    let_through = {row.route for row in ROWS if {"ok", "moved", "done"} & set(row.expected.values())}

    assert let_through == {row.route for row in ROWS}


@pytest.mark.parametrize("role", [Role.VISITOR, Role.STAFF])
def test_a_verb_that_no_route_has_is_refused(house: House, role: Role) -> None:
    verbs: dict[str, set[str]] = {}
    for door in house.doors:
        verbs.setdefault(house.address(door), set()).update([door.verb] if door.verb != "GET" else ["GET", "HEAD"])
    before = take_stock(house.database)

    answers = {
        (verb, address): house.send(role, verb, address).status_code
        for address, offered in verbs.items()
        for verb in ("POST", "PUT", "PATCH", "DELETE")
        if verb not in offered
    }

    assert answers == dict.fromkeys(answers, 405)
    assert take_stock(house.database) == before


def test_head_says_what_get_would_without_a_body(house: House) -> None:
    answers, heads = {}, {}
    for door in house.doors:
        if door.is_safe:
            address = house.address(door)
            answers[door.name] = house.send(Role.OWNER, "GET", address).status_code
            head = house.client.head(address, headers={"cookie": house.cookie(Role.OWNER)}, follow_redirects=False)
            heads[door.name] = (head.status_code, head.content)

    assert heads == {name: (status, b"") for name, status in answers.items()}


def test_mails_are_shown_in_development_only(open_house: OpenHouse) -> None:
    development = open_house()
    production = open_house(environment="production", secret_key="s" * 32)

    statuses = [house.send(Role.STAFF, "GET", "/dev/mail").status_code for house in (development, production)]

    assert statuses == [200, 404]
