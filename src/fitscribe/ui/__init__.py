"""The browser view: a small web server that reads one store, and what a report is made of.

Starlette and uvicorn are imported only where something is served.
"""
