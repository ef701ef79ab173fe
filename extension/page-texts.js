/** Gives a page the texts in all languages, before it runs. */

import en from "../_locales/en/messages.json" with { type: "json" };
import zh from "../_locales/zh_CN/messages.json" with { type: "json" };
import { keepTexts } from "./texts.js";

keepTexts("en", en);
keepTexts("zh-CN", zh);
