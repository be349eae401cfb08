"""Runs steps with pywa, and prints what each gave. On stdin: {"baseUrl", "token", "number", "steps": [[method, argument], ...]}."""

import json
import sys

import httpx
import pywa
from pywa.errors import WhatsAppError
from pywa.types.others import Pagination

asked = json.load(sys.stdin)
# pywa writes Meta's address into the session that it is given: a session of one's own is how to give it another.
session = httpx.Client(timeout=60)
wa = pywa.WhatsApp(asked["number"], asked["token"], session=session)
session.base_url = asked["baseUrl"] + "/v25.0"


def users_of(result, field):
    return [[user.input, user.wa_id] for user in getattr(result, field)]


def block(users):
    result = wa.block_users(users)
    return {"added": users_of(result, "added_users"), "failed": [user.input for user in result.failed_users]}


def unblock(users):
    return {"removed": users_of(wa.unblock_users(users), "removed_users")}


def list_pages(limit):
    """Without pywa's own objects, which want an `input` that Meta's items do not have."""
    pages = []
    page = wa.api.get_blocked_users(asked["number"], Pagination(limit=limit).to_dict())
    while True:
        pages.append([user["wa_id"] for user in page["data"]])
        following = page["paging"].get("next")
        if following is None:
            return pages
        page = wa.api._request(method="GET", endpoint=following)


def own_list(_):
    return [user.wa_id for user in wa.get_blocked_users()]


STEPS = {"block": block, "unblock": unblock, "list": list_pages, "own list": own_list}
given = []
for step, argument in asked["steps"]:
    try:
        given.append(STEPS[step](argument))
    except WhatsAppError as error:
        given.append({"error": error.code, "message": error.message, "details": error.details})
    except KeyError as error:
        given.append({"missing": error.args[0]})
print(json.dumps(given))
