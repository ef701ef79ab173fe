"""Services that speak Anthropic's Messages API, with what differs between them.

Addresses and headers are those that each vendor documents for other programs; a window is the
smallest that its usual models have, as a prompt that a service cuts is cut without a word.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Auth: TypeAlias = Literal["bearer", "x-api-key"]


class Service(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a service is, and what it wants."""

    title: str  #: as its users call it
    api: str = ""  #: base URL, without /v1
    auth: Auth = "bearer"
    needs_key: bool = True
    window: int = 128_000  #: tokens that prompt and answer may have together
    model: str = ""  #: where one is a safe choice for years


def _local(title: str, port: int, window: int) -> Service:
    return Service(title=title, api=f"http://localhost:{port}", needs_key=False, window=window)


#: By the name that they have in the settings.
SERVICES = {
    "anthropic": Service(
        title="Claude (Anthropic)",
        api="https://api.anthropic.com",
        window=200_000,
        model="claude-sonnet-5-5",
    ),
    "deepseek": Service(
        title="DeepSeek", api="https://api.deepseek.com/anthropic", auth="x-api-key"
    ),
    "kimi": Service(title="Kimi", api="https://api.moonshot.ai/anthropic"),
    "kimi-cn": Service(title="Kimi (China)", api="https://api.moonshot.cn/anthropic"),
    "glm": Service(title="GLM (Z.ai)", api="https://api.z.ai/api/anthropic"),
    "glm-cn": Service(title="GLM (Zhipu)", api="https://open.bigmodel.cn/api/anthropic"),
    "minimax": Service(title="MiniMax", api="https://api.minimax.io/anthropic"),
    "minimax-cn": Service(title="MiniMax (China)", api="https://api.minimaxi.com/anthropic"),
    "qwen": Service(
        title="Qwen (Model Studio, international)",
        api="https://dashscope-intl.aliyuncs.com/apps/anthropic",
        auth="x-api-key",
        model="qwen-plus",
    ),
    "qwen-cn": Service(
        title="Qwen (Model Studio, China)",
        api="https://dashscope.aliyuncs.com/apps/anthropic",
        auth="x-api-key",
        model="qwen-plus",
    ),
    "openrouter": Service(title="OpenRouter", api="https://openrouter.ai/api"),
    # What these take is set when they are started; a longer prompt loses its beginning.
    "ollama": _local("Ollama", 11434, 4_096),
    "lm-studio": _local("LM Studio", 1234, 4_096),
    "llama-cpp": _local("llama.cpp", 8080, 4_096),
    "vllm": _local("vLLM", 8000, 8_192),
    "litellm": _local("LiteLLM", 4000, 128_000),
    "own": Service(title="your own service", needs_key=False, window=32_000),
}
