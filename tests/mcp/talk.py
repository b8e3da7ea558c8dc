"""Uses the tools of `wenlu mcp` as an assistant does. Usage: talk.py PROGRAM FOLDER, where FOLDER has knowledge/ and bot.db."""

import asyncio
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters

TOOLS = {
    "ask", "check", "draft_intent", "draft_wordings", "explain", "list_drafts", "list_intents", "list_unanswered",
    "preview_draft", "read_intent", "route", "similar_examples",
}


async def call(client, name, **arguments):
    result = await client.call_tool(name, arguments)
    assert not result.is_error, (name, result.content)
    return result.structured_content


async def refusal(client, name, **arguments):
    result = await client.call_tool(name, arguments)
    assert result.is_error, (name, result.content)
    return result.content[0].text


async def talk(program, work, mode):
    server = StdioServerParameters(
        command=program,
        args=["mcp", "--root", str(work / "knowledge")],
        env={"DATABASE_URL": f"sqlite://{work / 'bot.db'}", "USER": "xiaowang"},
    )
    async with Client(server, mode=mode, read_timeout_seconds=120) as client:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS, tools
        assert all(tool.description and tool.input_schema["type"] == "object" for tool in tools)
        listed = await call(client, "list_intents", limit=5)
        assert len(listed["intents"]) == 5 and listed["next_offset"] == 5, listed
        asked = await call(client, "ask", text="小程序迁移后 openid 会变吗")
        assert asked["decision"] == "answer" and asked["reply"], asked
        again = await call(client, "ask", text="要多久", conversation=asked["conversation"])
        assert again["conversation"] == asked["conversation"], again
        cluster = (await call(client, "list_unanswered"))["clusters"][0]
        assert cluster["representative"] == "讲个相声听听", cluster
        draft = await call(
            client, "draft_wordings", use="out_of_scope", texts=["讲个相声听听"], cluster=cluster["cluster"]
        )
        assert "xiaowang" in draft["author"], draft
        seen = await call(client, "preview_draft", draft=draft["draft"])
        assert "by a person" in seen["fitness"], seen
        near = await call(client, "similar_examples", text="小程序迁移怎么办", limit=3)
        assert len(near["examples"]) == 3 and near["examples"][0]["similarity"] > 0.5, near
        assert "no intent `nothing`" in await refusal(client, "draft_wordings", use="example", intent="nothing", texts=["y"])
        assert "at most" in await refusal(client, "route", texts=["句"] * 51)
        assert await refusal(client, "route", texts="一句")


def main():
    program, work = sys.argv[1], Path(sys.argv[2])
    for mode in ["legacy", "auto"]:
        asyncio.run(asyncio.wait_for(talk(program, work, mode), 300))
        print(f"mcp: the Python client has talked with it ({mode})")


main()
