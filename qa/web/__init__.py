"""The web application: chat window, article pages, benchmark tab, REST API and MCP."""
