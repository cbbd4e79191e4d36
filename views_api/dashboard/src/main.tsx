import { render } from "preact";
import { App } from "./app.tsx";
import { startClock } from "./clock.ts";
import { listenToKeys } from "./keyboard.ts";
import { listenToHistory } from "./navigation.ts";
import { applyPreferences } from "./preferences.ts";
import { keepSession, resume, takeTokenFromAddress } from "./session.ts";
import "./styles/index.css";

void resume();
keepSession();
addEventListener("hashchange", takeTokenFromAddress);
applyPreferences();
startClock();
listenToHistory();
listenToKeys();

const page = document.getElementById("page");
if (page !== null) render(<App />, page);
