import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { testEngine } from "../contract.ts";

testEngine(createDirectEngine());
