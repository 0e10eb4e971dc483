/* The texts of new plugins: MC_SKELETON(id, text).
 *
 * @NAME@, @CLASS@ and @WORD@ stand for the plugin, its Ruby class and one action or
 * output. What the author has to fill in is marked as %PLACEHOLDER%, as the original
 * does; types and numbers are real ones, so that the result works before it is edited. */

/* clang-format off */
MC_SKELETON(ddl_action_first,
"\naction \"@WORD@\", :description => \"%ACTIONDESCRIPTION%\" do\n"
"  display :always\n"
"\n"
"  # An example; types are :string, :boolean, :integer, :number, :float and :list\n"
"  input :message,\n"
"        :prompt      => \"%PROMPT%\",\n"
"        :description => \"%DESCRIPTION%\",\n"
"        :type        => :string,\n"
"        :validation  => '.',\n"
"        :optional    => true,\n"
"        :maxlength   => 200\n"
"\n"
"  output :message,\n"
"         :description => \"%DESCRIPTION%\",\n"
"         :display_as  => \"Message\"\n"
"end\n")

MC_SKELETON(ddl_action,
"\naction \"@WORD@\", :description => \"%ACTIONDESCRIPTION%\" do\n"
"  display :always\n"
"\n"
"  output :message,\n"
"         :description => \"%DESCRIPTION%\",\n"
"         :display_as  => \"Message\"\n"
"end\n")

MC_SKELETON(ddl_data_begin,
"\ndataquery :description => \"%DESCRIPTION%\" do\n"
"  input :query,\n"
"        :prompt      => \"%PROMPT%\",\n"
"        :description => \"%DESCRIPTION%\",\n"
"        :type        => :string,\n"
"        :validation  => '.',\n"
"        :maxlength   => 200\n")

MC_SKELETON(ddl_data_output,
"\n"
"  output :@WORD@,\n"
"         :description => \"%DESCRIPTION%\",\n"
"         :display_as  => \"@WORD@\"\n")

MC_SKELETON(ddl_data_end, "end\n")

MC_SKELETON(python_begin,
"#!/usr/bin/python3\n"
"\"\"\"The agent @NAME@.\n"
"\n"
"It is run once for each request. CHORIA_EXTERNAL_REQUEST names a file with the request,\n"
"CHORIA_EXTERNAL_REPLY the file for the reply, CHORIA_EXTERNAL_PROTOCOL says what is\n"
"asked. The inputs in request[\"data\"] have passed the DDL. What is printed to standard\n"
"error goes to the log of the node.\n"
"\"\"\"\n"
"import json\n"
"import os\n"
"\n"
"\n"
"class Failed(Exception):\n"
"    \"\"\"Ends an action with status 1, aborted, and a message.\"\"\"\n"
"\n"
"\n")

MC_SKELETON(python_action_first,
"def do_@WORD@(data):\n"
"    \"\"\"%ACTIONDESCRIPTION%\"\"\"\n"
"    return {\"message\": data.get(\"message\", \"@WORD@ of @NAME@\")}\n"
"\n"
"\n")

MC_SKELETON(python_action,
"def do_@WORD@(data):\n"
"    \"\"\"%ACTIONDESCRIPTION%\"\"\"\n"
"    return {\"message\": \"@WORD@ of @NAME@\"}\n"
"\n"
"\n")

MC_SKELETON(python_table, "ACTIONS = {\n")
MC_SKELETON(python_row, "    \"@WORD@\": do_@WORD@,\n")

MC_SKELETON(python_end,
"}\n"
"\n"
"\n"
"def answer(request):\n"
"    action = ACTIONS.get(request.get(\"action\"))\n"
"    if not action:\n"
"        return {\"statuscode\": 2, \"statusmsg\": \"Unknown action\", \"data\": {}}\n"
"    try:\n"
"        return {\"statuscode\": 0, \"statusmsg\": \"OK\",\n"
"                \"data\": action(request.get(\"data\") or {})}\n"
"    except Failed as failure:\n"
"        return {\"statuscode\": 1, \"statusmsg\": str(failure), \"data\": {}}\n"
"\n"
"\n"
"def main():\n"
"    if \"activation\" in os.environ[\"CHORIA_EXTERNAL_PROTOCOL\"]:\n"
"        reply = {\"activate\": True}\n"
"    else:\n"
"        with open(os.environ[\"CHORIA_EXTERNAL_REQUEST\"], encoding=\"utf-8\") as file:\n"
"            reply = answer(json.load(file))\n"
"    with open(os.environ[\"CHORIA_EXTERNAL_REPLY\"], \"w\", encoding=\"utf-8\") as file:\n"
"        json.dump(reply, file)\n"
"\n"
"\n"
"main()\n")

MC_SKELETON(shell_begin,
"#!/bin/sh\n"
"# The agent @NAME@; jq reads and writes its JSON.\n"
"#\n"
"# It is run once for each request. CHORIA_EXTERNAL_REQUEST names a file with the request,\n"
"# CHORIA_EXTERNAL_REPLY the file for the reply, CHORIA_EXTERNAL_PROTOCOL says what is\n"
"# asked. The inputs have passed the DDL. What is printed to standard error goes to the\n"
"# log of the node.\n"
"\n"
"# input NAME DEFAULT: an input of the request\n"
"input()\n"
"{\n"
"    jq -r --arg name \"$1\" --arg default \"$2\" '.data[$name] // $default' \\\n"
"        \"$CHORIA_EXTERNAL_REQUEST\"\n"
"}\n"
"\n"
"# reply STATUSCODE STATUSMSG [MESSAGE]\n"
"reply()\n"
"{\n"
"    jq -n --argjson code \"$1\" --arg text \"$2\" --arg message \"${3:-}\" \\\n"
"        '{statuscode: $code, statusmsg: $text, data: {message: $message}}' \\\n"
"        >\"$CHORIA_EXTERNAL_REPLY\"\n"
"}\n"
"\n"
"case \"$CHORIA_EXTERNAL_PROTOCOL\" in\n"
"*activation*)\n"
"    echo '{\"activate\": true}' >\"$CHORIA_EXTERNAL_REPLY\"\n"
"    exit\n"
"    ;;\n"
"esac\n"
"\n"
"case \"$(jq -r .action \"$CHORIA_EXTERNAL_REQUEST\")\" in\n")

MC_SKELETON(shell_action_first,
"@WORD@)\n"
"    # %ACTIONDESCRIPTION%\n"
"    reply 0 OK \"$(input message '@WORD@ of @NAME@')\"\n"
"    ;;\n")

MC_SKELETON(shell_action,
"@WORD@)\n"
"    # %ACTIONDESCRIPTION%\n"
"    reply 0 OK '@WORD@ of @NAME@'\n"
"    ;;\n")

MC_SKELETON(shell_end,
"*)\n"
"    reply 2 'Unknown action'\n"
"    ;;\n"
"esac\n")

MC_SKELETON(ruby_agent_begin,
"module MCollective\n"
"  module Agent\n"
"    class @CLASS@ < RPC::Agent\n")

MC_SKELETON(ruby_action_first,
"      action \"@WORD@\" do\n"
"        reply[:message] = request[:message] || \"@WORD@ of @NAME@\"\n"
"      end\n")

MC_SKELETON(ruby_action,
"\n"
"      action \"@WORD@\" do\n"
"        reply[:message] = \"@WORD@ of @NAME@\"\n"
"      end\n")

MC_SKELETON(ruby_end,
"    end\n"
"  end\n"
"end\n")

MC_SKELETON(ruby_data_begin,
"module MCollective\n"
"  module Data\n"
"    class @CLASS@ < Base\n"
"      query do |what|\n")

MC_SKELETON(ruby_output, "        result[:@WORD@] = nil\n")

MC_SKELETON(ruby_data_end,
"      end\n"
"    end\n"
"  end\n"
"end\n")
/* clang-format on */
